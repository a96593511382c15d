//! Kills, freezes, cuts off and confuses everything for some minutes, then counts.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use proof::chaos::{self, Failovers, FifoOptions, Options, Outcome};
use runtime::{exit, signal};

/// Exit code 0 only if nothing is lost, doubled, unexpected or wrongly dead-lettered
#[derive(Debug, Parser)]
struct Args {
    /// How long to break things, in minutes
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// Repeats a run's choices [default: drawn, and printed]
    #[arg(long)]
    seed: Option<u64>,
    /// Messages a second
    #[arg(long, default_value_t = 100)]
    rate: u32,
    /// Consumers side by side
    #[arg(long, default_value_t = 3)]
    consumers: usize,
    /// On a FIFO queue: so many messages in all, at no set rate
    #[arg(long, value_name = "MESSAGES")]
    fifo: Option<usize>,
    /// Groups of a FIFO queue
    #[arg(long, default_value_t = 50, requires = "fifo")]
    groups: usize,
    /// With a mapping of JSON to columns
    #[arg(long, conflicts_with = "fifo")]
    mapping: bool,
    /// A FIFO queue of LocalStack, though ElasticMQ can be had
    #[arg(long, requires = "fifo")]
    on_localstack: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let time = Duration::from_secs_f64(args.minutes * 60.0);
    say(&format!("{time:?} of faults, SEED={seed}"));
    if let Some(messages) = args.fifo {
        return in_order(FifoOptions {
            seed,
            time,
            messages,
            groups: args.groups,
            consumers: args.consumers,
            on_localstack: args.on_localstack,
        })
        .await;
    }
    let mapping = args.mapping;
    let options = Options { seed, time, rate: args.rate, consumers: args.consumers };
    if mapping {
        return mapped(options).await;
    }
    let Some(outcome) = ended(chaos::run(options, say)).await? else {
        return Ok(ExitCode::from(exit::ABANDONED));
    };
    report(&outcome, seed);
    Ok(if outcome.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Waits for the end of a run; `None` where a signal came before. What it broke is mended.
async fn ended<T>(run: impl Future<Output = Result<T>>) -> Result<Option<T>> {
    let stop = signal::stop_token()?;
    // What it started ends when it is dropped.
    let ended = stop.run_until_cancelled(Box::pin(run)).await;
    if !matches!(ended, Some(Ok(_))) {
        say("cut short: mending what is broken");
        chaos::mend().await.unwrap_or_else(|error| say(&format!("could not mend: {error:#}")));
    }
    ended.transpose()
}

/// On a FIFO queue.
async fn in_order(options: FifoOptions) -> Result<ExitCode> {
    let Some(outcome) = ended(chaos::run_fifo(options, say)).await? else {
        return Ok(ExitCode::from(exit::ABANDONED));
    };
    say(&format!("{} rounds, SEED={}; faults:\n{}", outcome.rounds, options.seed, outcome.tally));
    say(&outcome.to_string());
    Ok(if outcome.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// With a mapping.
async fn mapped(options: Options) -> Result<ExitCode> {
    let Some(outcome) = ended(chaos::run_mapped(options, say)).await? else {
        return Ok(ExitCode::from(exit::ABANDONED));
    };
    say(&format!("{} rounds, SEED={}; faults:\n{}", outcome.rounds, options.seed, outcome.tally));
    say(&outcome.to_string());
    Ok(if outcome.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(outcome: &Outcome, seed: u64) {
    let Outcome { reconciliation, tally, rounds, .. } = outcome;
    say(&format!("{rounds} rounds, SEED={seed}; faults:\n{tally}"));
    say(&format!("{reconciliation}, recovered {}", outcome.recovered));
    say(&format!(
        "poison {}, dead-lettered with its reason {}, letters that came twice {}, healthy dead-lettered {}, \
         consumers that gave up {}",
        outcome.poison,
        outcome.dead_lettered,
        outcome.doubled_letters,
        outcome.healthy_dead_lettered.len(),
        outcome.failed
    ));
    for body in outcome.healthy_dead_lettered.iter().take(5) {
        say(&format!("  healthy, and dead-lettered: {body:.80}"));
    }
    say(&outcome.health.to_string());
    if let Some(Failovers { count, slowest, reconciliation, dead_letters }) = &outcome.failovers {
        say(&format!("{count} failovers, rows on the new writer after {slowest:.1?} at the most"));
        say(&format!("{reconciliation}, dead-lettered {dead_letters}"));
    }
}

#[expect(clippy::print_stdout, reason = "a report is what this program is for")]
fn say(line: &str) {
    println!("chaos: {line}");
}
