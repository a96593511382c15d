//! Sells seats: a worker as a user would write it, for tests that kill it.

use std::error::Error;
use std::process::ExitCode;

use acquit::{MySql, Worker};
use proof::seats::reserve;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let queue = std::env::var("QUEUE_URL")?;
    let worker = Worker::from_env()?.state(MySql::from_env().await?);
    Ok(worker.queue_as(&queue, "reserve", reserve).run().await)
}
