//! The ticket office among the examples: each seat is sold once, and each reservation is told once what
//! came of it, whatever breaks.

mod page;
mod place;
mod server;

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Result, ensure};
use proof::tickets::{self, Options, Reckoning};
use tokio::time::timeout;

/// A run with its end.
const LONGEST: Duration = Duration::from_mins(4);

/// The same run twice, but for the worker.
async fn run(is_naive: bool) -> Result<Reckoning> {
    let options = Options {
        listen: free()?,
        seats: 100,
        hot: 20,
        users: 200,
        reservations: 1_000,
        rate: 30,
        is_naive,
        pause: Some(Duration::from_millis(200)),
        seed: 7,
    };
    timeout(LONGEST, tickets::run(options, pending(), |_| ())).await?
}

fn free() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

#[tokio::test]
async fn each_seat_is_sold_once_and_each_reservation_is_told_once_whatever_breaks() -> Result<()> {
    let reckoning = run(false).await?;
    ensure!(reckoning.is_clean(), "{reckoning}");
    assert_eq!((reckoning.accepted, reckoning.sold, reckoning.outcomes), (1_000, 100, 1_000));
    Ok(())
}

#[tokio::test]
async fn the_naive_way_sells_seats_twice_on_the_same_run() -> Result<()> {
    let reckoning = run(true).await?;
    ensure!(reckoning.oversold > 0, "{reckoning}");
    ensure!(!reckoning.is_clean(), "{reckoning}");
    Ok(())
}
