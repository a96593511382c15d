//! What an operator does with dead letters: count, show, send back, keep in a file, delete.
//!
//! Each command opens a `session` at the dead-letter queue, looks through it by a `scan`, which gives
//! back what it took, and tells its `letter`s apart by a `filter`.

use std::io::{self, Write};
use std::sync::Arc;

use runtime::exit;
use shared::queue::QueueRef;
use sqs::client::Sqs;
use sqs::dead_letter::message::is_same;
use tokio_util::sync::CancellationToken;

mod args;
mod bar;
mod choice;
mod error;
mod export;
#[cfg(test)]
mod fake;
pub(crate) mod filter;
mod import;
mod jsonl;
mod leases;
mod outcome;
mod purge;
mod redrive;
pub(crate) mod scan;
mod send;
pub(crate) mod session;
mod show;
mod summary;
mod validate;
mod window;

pub use args::DlqCommand;
pub(crate) use choice::limit;
pub use choice::{FilterArgs, PlaceArgs};
pub use error::Error;

use args::{ImportArgs, RedriveArgs};
use choice::MOST_LOOKED_AT;
use filter::Filter;
use redrive::{Order, Redrive};
use session::Session;
use sqs::dead_letter::queue::SqsDeadLetterQueue;

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
            summary::ls(args, &Session::open(sqs, &args.place, queue, stop).await?, &mut out).await
        }
        DlqCommand::Show(args) => {
            show::show(args, &Session::open(sqs, &args.place, queue, stop).await?, &mut out).await
        }
        DlqCommand::Export(args) => {
            export::export(args, &Session::open(sqs, &args.place, queue, stop).await?, &mut out).await
        }
        DlqCommand::Purge(args) => {
            purge::purge(args, &Session::open(sqs, &args.place, queue, stop).await?).await
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
        Some(url) => {
            SqsDeadLetterQueue::open(sqs, &QueueRef::Url(url.clone())).await.map_err(Error::Destination)?
        }
        None => SqsDeadLetterQueue::open(sqs, queue).await?,
    };
    let source = args.to_queue_url.is_none().then(|| to.url().to_owned());
    let session = Session::open(sqs, &args.place, queue, stop).await?;
    if is_same(to.url(), session.letters.url()) {
        return Err(Error::Circle);
    }
    let filter = Filter::from(&args.filter);
    let (limit, dry_run, rate, new_identity) = (args.limit, args.dry_run, args.rate, args.new_identity);
    let order = Order { filter, limit, dry_run, rate, new_identity, source };
    let mut scan = session.scan(MOST_LOOKED_AT);
    let mut redrive = Redrive::new(&order, &to, out);
    let result = redrive.run(&mut scan).await;
    let tally = redrive.tally;
    let looked = scan.close().await;
    tracing::info!(queue = to.url(), "{tally}");
    result?;
    Ok(session.ended(looked) && tally.is_done())
}

async fn import(
    args: &ImportArgs,
    queue: &QueueRef,
    sqs: &Sqs,
    stop: &CancellationToken,
) -> Result<bool, Error> {
    let to = if args.to_queue {
        Arc::new(SqsDeadLetterQueue::open(sqs, queue).await?)
    } else {
        Session::open(sqs, &args.place, queue, stop).await?.letters
    };
    import::import(args, &*to, stop).await
}
