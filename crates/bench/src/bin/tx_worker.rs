//! Sells seats with a worker: each in a transaction of its own, with its mark in the inbox. What a
//! user would write; `WORKERS` sets the concurrency.

use std::error::Error;
use std::process::ExitCode;

use acquit::database::DatabaseUrl;
use acquit::{MySql, Options, Worker};
use proof::seats::reserve;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (queue, options) = (std::env::var("QUEUE_URL")?, Options::from_env()?);
    let mysql = MySql::open(&DatabaseUrl::from_env()?, options.concurrency).await?;
    Ok(Worker::with(options).state(mysql).queue_as(&queue, "reserve", reserve).run().await)
}
