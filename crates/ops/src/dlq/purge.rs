//! `dlq purge`: deletes letters for good, once somebody said so.

use std::io::{self, BufRead, IsTerminal, Write};

use sqs::dead_letter::port::DeadLetterQueue;
use tokio::sync::oneshot;

use super::args::PurgeArgs;
use super::choice::MOST_LOOKED_AT;
use super::error::Error;
use super::filter::Filter;
use super::scan::Scan;
use super::session::Session;
use crate::text;

pub(super) async fn purge(args: &PurgeArgs, session: &Session) -> Result<bool, Error> {
    if !args.yes {
        confirm(args, session).await?;
    }
    let filter = Filter::from(&args.filter);
    let mut scan = session.scan(MOST_LOOKED_AT);
    let mut tally = Tally::default();
    let result = delete(&mut scan, &filter, args.limit, &mut tally).await;
    let looked = scan.close().await;
    tracing::info!("{} deleted", text::letters(tally.deleted));
    if tally.deleted < tally.fitting {
        tracing::warn!(left = tally.fitting - tally.deleted, "could not delete");
    }
    result?;
    Ok(session.ended(looked) && tally.deleted == tally.fitting)
}

#[derive(Default)]
struct Tally {
    fitting: usize,
    deleted: usize,
}

async fn delete<Q: DeadLetterQueue>(
    scan: &mut Scan<Q>,
    filter: &Filter,
    limit: usize,
    tally: &mut Tally,
) -> Result<(), Error> {
    while tally.fitting < limit
        && let Some(letters) = scan.next().await?
    {
        let fitting = letters.into_iter().filter(|letter| filter.fits(letter));
        let receipts: Vec<_> = fitting.take(limit - tally.fitting).map(|letter| letter.receipt).collect();
        tally.fitting += receipts.len();
        tally.deleted += scan.delete(receipts).await;
    }
    Ok(())
}

/// Asks whoever sits there for the queue's name.
async fn confirm(args: &PurgeArgs, session: &Session) -> Result<(), Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::Unconfirmed(session.depth));
    }
    let which = if args.all { "all letters" } else { "the letters that fit the filter" };
    let (name, depth) = (session.letters.name(), session.depth);
    write!(
        io::stderr(),
        "This deletes {which} on {name} for good ({depth}).\nType the queue's name to go on: "
    )?;
    let typed = session.stop.run_until_cancelled(typed()).await.unwrap_or_default();
    if typed.trim() == name { Ok(()) } else { Err(Error::NotConfirmed) }
}

/// A line, read on a thread of its own: the process can end without it.
async fn typed() -> String {
    let (say, hear) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).ok();
        say.send(line).ok();
    });
    hear.await.unwrap_or_default()
}
