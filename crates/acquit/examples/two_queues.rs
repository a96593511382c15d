//! Two queues in one process: one set of probes and metrics, and a share of the room for each.

#![allow(clippy::print_stdout, reason = "an example may")]

use std::process::ExitCode;
use std::time::Duration;

use acquit::{Body, Fail, Json, StartError, Worker};

#[derive(serde::Deserialize)]
struct Order {
    id: u64,
}

async fn ship(Json(order): Json<Order>) -> Result<(), Fail> {
    println!("order {} is shipped", order.id);
    Ok(())
}

async fn log_line(Body(line): Body) -> Result<(), Fail> {
    println!("{line}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<ExitCode, StartError> {
    let worker = Worker::from_env()?.timeout(Duration::from_secs(10));
    Ok(worker.queue("orders", ship).queue("audit-lines", log_line).run().await)
}
