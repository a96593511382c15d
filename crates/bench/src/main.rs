//! The benchmark's process: parses, measures, and leaves nothing running.

use std::process::ExitCode;

use bench::cli::Cli;
use bench::{growth, losses, run, site};
use clap::Parser;
use runtime::{exit, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match signal::stop_token() {
        // What it started is killed when it is dropped.
        Ok(stop) => stop.run_until_cancelled_owned(Box::pin(run::measure(cli))).await,
        Err(error) => Some(Err(error.into())),
    };
    let code = match ended {
        Some(Ok(())) => return ExitCode::SUCCESS,
        Some(Err(error)) => {
            bench::say::progress(format_args!("{error:#}"));
            exit::FAILED
        }
        None => exit::ABANDONED,
    };
    growth::restore().await.ok();
    losses::restore().await.ok();
    site::sweep().await.ok();
    ExitCode::from(code)
}
