//! Sells seats: the right way, or with `--naive` the way that sells some of them twice.

mod naive;
mod sell;

use std::error::Error;
use std::process::ExitCode;

use acquit::{MySql, Producer, Worker};
use clap::Parser;
use tickets::queues;

/// Works on reservations until it is told to stop
#[derive(Debug, Parser)]
struct Args {
    /// Look first and sell then, without a transaction: it sells seats twice
    #[arg(long)]
    naive: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Args { naive } = Args::parse();
    let (worker, queue) = (Worker::from_env()?, queues::reservations());
    if naive {
        let desk = naive::Desk {
            database: tickets::database::Database::from_env()?,
            outcomes: Producer::open(&queues::outcomes()).await?,
        };
        return Ok(worker.state(desk).queue_as(&queue, "sell", naive::sell).run().await);
    }
    let desk = sell::Desk { database: MySql::from_env().await?, outcomes: queues::outcomes() };
    Ok(worker.state(desk).queue_as(&queue, "sell", sell::sell).run().await)
}
