//! Opens the ticket office of `examples/tickets`, has a crowd come and things break, and counts.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use proof::tickets::{self, Options, Reckoning};
use runtime::{exit, signal};

/// Where the page is, if nobody is there.
const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8_080);

/// A hall, a crowd, three workers and two relays, of which one is killed now and then; Ctrl-C counts and ends
#[derive(Debug, Parser)]
#[command(name = "make tickets")]
struct Args {
    /// Look first and sell then: it sells seats twice
    #[arg(long)]
    naive: bool,
    /// Break nothing
    #[arg(long)]
    calm: bool,
    /// Without a pause between faults; exit code 0 only if nothing is oversold, doubled or lost
    #[arg(long, conflicts_with = "calm")]
    proof: bool,
    /// Seats of the hall
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    seats: u32,
    /// Users; most want one of the first seats, a tenth of the hall
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Reservations a second [default: 60, or 100 with --proof]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// How long the crowd comes [default: 3m, or with --proof as long as 20,000 reservations take]
    #[arg(long, value_parser = humantime::parse_duration)]
    duration: Option<Duration>,
    /// Repeats what is broken, and when [default: drawn, and printed]
    #[arg(long)]
    seed: Option<u64>,
}

impl Args {
    fn options(&self) -> Result<Options> {
        let rate = self.rate.unwrap_or(if self.proof { 100 } else { 60 });
        let time = self.duration.unwrap_or(if self.proof {
            Duration::from_secs_f64(20_000.0 / f64::from(rate))
        } else {
            Duration::from_mins(3)
        });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let reservations = (time.as_secs_f64() * f64::from(rate)).round() as u32;
        let pause = Duration::from_millis(if self.proof { 500 } else { 4_000 });
        Ok(Options {
            listen: free()?,
            seats: self.seats,
            hot: (self.seats / 10).max(1),
            users: self.users,
            reservations,
            rate,
            is_naive: self.naive,
            pause: (!self.calm).then_some(pause),
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..)),
        })
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let (args, stop) = (Args::parse(), signal::stop_token()?);
    let options = args.options()?;
    let Options { seats, users, reservations, rate, seed, .. } = options;
    say(&format!(
        "{reservations} reservations of {users} users for {seats} seats, {rate} a second, SEED={seed}"
    ));
    let reckoning = tickets::run(options, stop.cancelled(), say).await?;
    say(&reckoning.to_string());
    Ok(code(&args, &reckoning, stop.is_cancelled()))
}

/// The naive way is expected to do harm, unless that is to be proved wrong.
fn code(args: &Args, reckoning: &Reckoning, is_cut_short: bool) -> ExitCode {
    let is_well = if args.proof { reckoning.is_clean() } else { reckoning.is_harmless() || args.naive };
    match is_well {
        _ if args.proof && is_cut_short => ExitCode::from(exit::ABANDONED),
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The usual place, or any.
fn free() -> Result<SocketAddr> {
    let listener = TcpListener::bind(USUAL).or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?)
}

#[expect(clippy::print_stdout, reason = "a report is what this program is for")]
fn say(line: &str) {
    println!("tickets: {line}");
}
