//! `dlq import`: sends the letters of a file. Every line is checked before the first is sent.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use shared::sqs::MAX_BATCH;
use tokio_util::sync::CancellationToken;

use super::args::ImportArgs;
use super::error::Error;
use super::letter::Outgoing;
use super::{line, say, sending};
use crate::queue::{Letters, Sent};

/// A letter, and the number of its line.
type Numbered = (usize, Outgoing);

/// Sends all lines to `to`.
pub(super) async fn import<Q: Letters>(
    args: &ImportArgs,
    to: &Q,
    stop: &CancellationToken,
) -> Result<bool, Error> {
    let checked = letters(args)?.try_fold(0, |count, letter| letter.map(|_| count + 1))?;
    tracing::info!("{} to send", say::letters(checked));
    let mut letters = letters(args)?;
    let mut sent = 0;
    loop {
        let several = letters.by_ref().take(MAX_BATCH).collect::<Result<Vec<_>, _>>();
        let several = several.map_err(|error| changed(error, sent))?;
        let Some((number, _)) = several.first() else { break };
        if stop.is_cancelled() {
            return Err(Error::Halfway { sent, number: *number, text: "a signal came".to_owned() });
        }
        for batch in sending::batches(several, MAX_BATCH, |(_, letter)| letter.bytes()) {
            send(batch, to, &mut sent).await?;
        }
    }
    tracing::info!("{} sent", say::letters(sent));
    Ok(true)
}

async fn send<Q: Letters>(batch: Vec<Numbered>, to: &Q, sent: &mut usize) -> Result<(), Error> {
    let (numbers, letters): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let halfway = |sent, number, text| Error::Halfway { sent, number, text };
    let answers = sending::send(to, &letters).await;
    let answers = answers.map_err(|fault| halfway(*sent, numbers[0], fault.to_string()))?;
    crate::failpoint::reach("imported");
    *sent += answers.iter().filter(|answer| **answer == Sent::Done).count();
    let mut failed = numbers.into_iter().zip(answers).filter_map(|(number, answer)| match answer {
        Sent::Done => None,
        Sent::Refused(text) | Sent::Failed(text) => Some((number, text)),
    });
    failed.next().map_or(Ok(()), |(number, text)| Err(halfway(*sent, number, text)))
}

/// The letters of a file, from the line on that is asked for; empty lines are none.
fn letters(args: &ImportArgs) -> Result<impl Iterator<Item = Result<Numbered, Error>>, Error> {
    let unreadable = |error| unreadable(&args.file, error);
    let lines = BufReader::new(File::open(&args.file).map_err(unreadable)?).lines();
    let wanted = lines.enumerate().skip(args.from_line - 1);
    Ok(wanted.filter_map(move |(position, text)| {
        let text = match text {
            Ok(text) if text.trim().is_empty() => return None,
            Ok(text) => text,
            Err(error) => return Some(Err(unreadable(error))),
        };
        let number = position + 1;
        let letter = line::read(&text, args.to_queue);
        Some(letter.map(|letter| (number, letter)).map_err(|text| Error::Line { number, text }))
    }))
}

/// The file was another one when it was checked.
fn changed(error: Error, sent: usize) -> Error {
    match error {
        Error::Line { number, text } => Error::Halfway { sent, number, text },
        error => error,
    }
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::File { doing: "read", path: path.to_owned(), error }
}
