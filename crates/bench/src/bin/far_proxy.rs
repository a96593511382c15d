//! Relays that are a given way off, in a process of their own, so that what they cost can be told apart.
//! usage: `far_proxy ADDRESS:ROUND_TRIP_MICROSECONDS:SET_UP …`   Prints an address for each, and ends when its
//! standard input does.

use std::time::Duration;

use anyhow::{Context, Result};
use faultproxy::FarProxy;
use faultproxy::far::Distance;

/// More than anything here opens.
const CONNECTIONS: usize = 4_096;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "whoever started it reads the addresses")]
async fn main() -> Result<()> {
    let proxies = std::env::args().skip(1).map(|argument| start(&argument)).collect::<Result<Vec<_>>>()?;
    for proxy in &proxies {
        println!("{}", proxy.address());
    }
    let end = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    tokio::task::spawn_blocking(end).await??;
    Ok(())
}

fn start(argument: &str) -> Result<FarProxy> {
    let mut parts = argument.rsplitn(3, ':');
    let mut part = || parts.next().context("ADDRESS:ROUND_TRIP_MICROSECONDS:SET_UP");
    let (set_up, micros, upstream) = (part()?.parse()?, part()?.parse()?, part()?.parse()?);
    let round_trip = Duration::from_micros(micros);
    Ok(FarProxy::start(upstream, Distance { round_trip, set_up, connections: CONNECTIONS })?)
}
