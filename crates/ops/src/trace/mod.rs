//! Where is my message? Asks the table, the dead-letter queue and, if told to, the queue itself.

use std::io::{self, Write};
use std::sync::Arc;

use runtime::exit;
use shared::message::DedupId;
use shared::queue::QueueRef;
use sqs::client::Sqs;
use tokio_util::sync::CancellationToken;

mod args;
mod finding;
mod places;

pub use args::TraceArgs;

use crate::dlq;
use crate::dlq::filter::Id;
use crate::dlq::scan::Scan;
use crate::dlq::session::Session;
use finding::Finding;
use mysql::error::StoreError;
use mysql::store::MysqlStore;
use places::{FoundDeadLetter, Mark, Row, Waiting};
use sqs::dead_letter::queue::SqsDeadLetterQueue;

/// Why a message could not be looked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Queue or dead-letter queue.
    #[error("{0}")]
    Queue(dlq::Error),
    /// The database.
    #[error("cannot ask the database: {0}")]
    Store(StoreError),
    /// Standard output does not take it.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl Error {
    /// Whether options or configuration must be changed first.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Queue(error) if error.is_usage())
    }
}

impl From<dlq::Error> for Error {
    fn from(error: dlq::Error) -> Self {
        Self::Queue(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Looks for the message, and prints what was found. Returns the exit code.
///
/// # Errors
/// Where one of those asked does not answer.
pub async fn run(
    args: &TraceArgs,
    queue: &QueueRef,
    sqs: &Sqs,
    store: &MysqlStore,
    stop: &CancellationToken,
) -> Result<u8, Error> {
    let id = Id::new(&args.id);
    let source = SqsDeadLetterQueue::open(sqs, queue).await.map_err(dlq::Error::from)?;
    let mut finding = Finding { id: args.id.clone(), ..Finding::default() };
    finding.queue = source.depth().await.map_err(dlq::Error::from)?;
    // A letter may know its row by another name than the one that was typed: its `MessageId`.
    let mut keys = vec![id.key()];
    let session = match Session::open(sqs, &args.place, queue, stop).await {
        Err(dlq::Error::NoDeadLetters(_)) => None,
        session => Some(session?),
    };
    if let Some(session) = session {
        keys.extend(letters(args, &id, &session, &mut finding).await?);
    }
    if let Some(most) = args.search_queue {
        keys.extend(search(&id, Arc::new(source), most, stop, &mut finding).await?);
    }
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        finding.marks.extend(store.marks(key).await?.into_iter().map(Mark::from));
        let Some(stored) = store.find(key).await? else { continue };
        let body = if args.show_bodies { store.body(key).await? } else { None };
        finding.rows.push(Row::new(key, stored, body));
    }
    print(&finding, args.json).map_err(Error::Output)?;
    Ok(if finding.is_found() { 0 } else { exit::FAILED })
}

/// Looks through the dead letters. Returns the keys of those that are meant.
async fn letters(
    args: &TraceArgs,
    id: &Id,
    session: &Session,
    finding: &mut Finding,
) -> Result<Vec<DedupId>, dlq::Error> {
    let mut keys = Vec::new();
    let mut scan = session.scan(args.limit);
    let result = scan
        .each(|letter| {
            if id.names(letter) {
                keys.push(letter.message.id);
                finding.letters.push(FoundDeadLetter::new(letter, args.show_bodies));
            }
        })
        .await;
    let looked = scan.close().await;
    result?;
    session.ended(looked);
    finding.letters_seen = Some(looked.letters);
    finding.letters_unseen = session.more(looked) + session.depth.in_flight;
    Ok(keys)
}

/// Looks through the queue itself, and gives everything back at once.
async fn search(
    id: &Id,
    queue: Arc<SqsDeadLetterQueue>,
    most: usize,
    stop: &CancellationToken,
    finding: &mut Finding,
) -> Result<Vec<DedupId>, dlq::Error> {
    tracing::warn!(queue = queue.url(), "searching spends one receive of each message looked at");
    let mut keys = Vec::new();
    let mut scan = Scan::new(queue, most, stop);
    let result = scan
        .each(|letter| {
            if id.names(letter) {
                keys.push(letter.message.id);
                finding.on_queue.push(Waiting::from(letter));
            }
        })
        .await;
    finding.queue_seen = Some(scan.close().await.letters);
    result?;
    Ok(keys)
}

fn print(finding: &Finding, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if !json {
        return finding.write(&mut out);
    }
    let mut value = serde_json::to_value(finding)?;
    value["found"] = finding.is_found().into();
    value["verdict"] = finding.verdict().into();
    writeln!(out, "{value}")
}
