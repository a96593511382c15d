//! What an operator does with dead letters: count, show, send back, keep in a file, delete.
//!
//! Each command opens a `desk` at the dead-letter queue, looks through it by a `scan`, which gives
//! back what it took, and tells its `letter`s apart by a `filter`.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;

use shared::exit;
use shared::queue::{QueueError, QueueRef};
use shared::sqs::Sqs;
use tokio_util::sync::CancellationToken;

mod args;
pub(crate) mod desk;
mod error;
mod export;
mod facts;
#[cfg(test)]
mod fake;
pub(crate) mod filter;
mod groups;
mod held;
mod import;
mod legal;
pub mod letter;
mod line;
mod purge;
mod redrive;
pub(crate) mod say;
pub(crate) mod scan;
mod sending;
mod show;
mod tally;

pub(crate) use args::limit;
pub use args::{DlqCommand, FilterArgs, PlaceArgs};
pub use error::Error;

use crate::queue::SqsLetters;
use args::{ImportArgs, MOST_LOOKED_AT, RedriveArgs};
use desk::Desk;
use filter::Filter;
use redrive::{Order, Redrive};
use tally::Tally;

/// Carries out a command on what `queue` gave up; `stop` ends it early, with everything given back.
/// Returns the exit code.
///
/// # Errors
/// Where something is missing, refused or does not answer.
pub async fn run(
    command: &DlqCommand,
    queue: &QueueRef,
    sqs: &Sqs,
    stop: &CancellationToken,
) -> Result<u8, Error> {
    let mut out = io::BufWriter::new(io::stdout());
    let done = match command {
        DlqCommand::Ls(args) => {
            groups::ls(args, &Desk::open(sqs, &args.place, queue, stop).await?, &mut out).await
        }
        DlqCommand::Show(args) => {
            show::show(args, &Desk::open(sqs, &args.place, queue, stop).await?, &mut out).await
        }
        DlqCommand::Export(args) => {
            export::export(args, &Desk::open(sqs, &args.place, queue, stop).await?, &mut out).await
        }
        DlqCommand::Purge(args) => {
            purge::purge(args, &Desk::open(sqs, &args.place, queue, stop).await?).await
        }
        DlqCommand::Redrive(args) => redrive(args, queue, sqs, stop, &mut out).await,
        DlqCommand::Import(args) => import(args, queue, sqs, stop).await,
    };
    let flushed = out.flush();
    let done = done?;
    flushed?;
    Ok(if done { 0 } else { exit::FAILED })
}

async fn redrive(
    args: &RedriveArgs,
    queue: &QueueRef,
    sqs: &Sqs,
    stop: &CancellationToken,
    out: &mut impl Write,
) -> Result<bool, Error> {
    let to = match &args.to_queue_url {
        Some(url) => destination(sqs, url).await.map_err(Error::Destination)?,
        None => SqsLetters::open(sqs, queue).await?,
    };
    let source = args.to_queue_url.is_none().then(|| to.url().to_owned());
    let desk = Desk::open(sqs, &args.place, queue, stop).await?;
    if letter::is_same(to.url(), desk.letters.url()) {
        return Err(Error::Circle);
    }
    let filter = Filter::from(&args.filter);
    let order = Order { filter, limit: args.limit, dry_run: args.dry_run, rate: args.rate, source };
    let mut scan = desk.scan(MOST_LOOKED_AT);
    let mut redrive = Redrive { order: &order, to: &to, out, tally: Tally::default(), gone: HashSet::new() };
    let result = redrive.run(&mut scan).await;
    let tally = redrive.tally;
    let looked = scan.close().await;
    tracing::info!(queue = to.url(), "{tally}");
    result?;
    Ok(desk.ended(looked) && tally.is_done())
}

async fn destination(sqs: &Sqs, url: &str) -> Result<SqsLetters, QueueError> {
    let to = SqsLetters::open(sqs, &QueueRef::Url(url.to_owned())).await?;
    // The first call that the queue itself answers: it tells whether it is there.
    to.max_receive_count().await?;
    Ok(to)
}

async fn import(
    args: &ImportArgs,
    queue: &QueueRef,
    sqs: &Sqs,
    stop: &CancellationToken,
) -> Result<bool, Error> {
    let to = if args.to_queue {
        Arc::new(SqsLetters::open(sqs, queue).await?)
    } else {
        Desk::open(sqs, &args.place, queue, stop).await?.letters
    };
    import::import(args, &*to, stop).await
}
