//! A crowd that wants seats: it asks until it is heard, and some ask twice.

mod client;
mod crowd;
mod plan;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use crowd::Crowd;
use plan::Plan;
use tokio::signal::unix::{SignalKind, signal};

/// Sends reservations to an office, and says what was accepted
#[derive(Debug, Parser)]
struct Args {
    /// Where the office is
    #[arg(long, default_value = "127.0.0.1:8080")]
    office: String,
    /// Users
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Seats of the hall
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    seats: u32,
    /// Seats that most want: the first ones
    #[arg(long, default_value_t = 100)]
    hot: u32,
    /// Reservations in all
    #[arg(long, default_value_t = 20_000)]
    reservations: u32,
    /// Reservations a second
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// A file for the names of those that were accepted, one a line
    #[arg(long)]
    accepted: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Args { office, users, seats, hot, reservations, rate, accepted } = Args::parse();
    let plan = Plan::new(users, seats, hot, reservations);
    let (crowd, mut stop) = (Crowd::at(&office, plan)?, signal(SignalKind::terminate())?);
    tokio::select! {
        () = crowd.come(rate) => {}
        _ = stop.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    if let Some(file) = accepted {
        std::fs::write(file, crowd.accepted())?;
    }
    report(&crowd);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a report is what this program is for")]
fn report(crowd: &Crowd) {
    println!("{}", crowd.tally());
}
