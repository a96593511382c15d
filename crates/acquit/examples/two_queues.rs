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

#[cfg(test)]
mod tests {
    use acquit::testing::TestQueue;

    #[tokio::test(start_paused = true)]
    async fn an_order_needs_a_number_and_a_line_may_be_anything() {
        let orders = TestQueue::new((), super::ship);
        let drained = orders.send_raw(r#"{"id":7}"#).send_raw("x").drained().await;
        assert_eq!((drained.done, drained.dead_letters.len()), (1, 1));
        let lines = TestQueue::new((), super::log_line);
        assert_eq!(lines.send_raw("x").drained().await.done, 1);
    }
}
