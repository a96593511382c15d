//! `dlq import`: sends the letters of a file. What is no letter, or is not taken, is skipped and told.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use engine::failpoint;
use shared::limits::MAX_BATCH;
use sqs::dead_letter::outgoing::OutgoingMessage;
use sqs::dead_letter::port::{DeadLetterQueue, Sent};
use tokio_util::sync::CancellationToken;

use super::args::ImportArgs;
use super::bar::Bar;
use super::error::Error;
use super::jsonl::{self, Reading};
use super::send;
use crate::text;

/// A letter, and the number of its line.
type Numbered = (usize, OutgoingMessage);

/// Sends all lines to `to`.
pub(super) async fn import<Q: DeadLetterQueue>(
    args: &ImportArgs,
    to: &Q,
    stop: &CancellationToken,
) -> Result<bool, Error> {
    let unreadable = |error| unreadable(&args.file, error);
    let lines = BufReader::new(File::open(&args.file).map_err(unreadable)?).lines();
    let reading = Reading { as_before: args.to_queue, new_identity: args.new_identity };
    let mut import = Import { to, reading, stop, bar: Bar::new(None), sent: 0, skipped: 0 };
    let ended = import.run(lines.enumerate().skip(args.from_line - 1)).await;
    let Import { bar, sent, skipped, .. } = import;
    drop(bar);
    ended.map_err(|error| match error {
        Ended::Unreadable(error) => unreadable(error),
        Ended::Halfway(number, text) => Error::Halfway { sent, number, text },
    })?;
    tracing::info!("{} sent, {skipped} skipped", text::letters(sent));
    Ok(skipped == 0)
}

struct Import<'a, Q> {
    to: &'a Q,
    reading: Reading,
    stop: &'a CancellationToken,
    bar: Bar,
    sent: usize,
    skipped: usize,
}

/// Why it did not get to the end.
#[derive(Debug)]
enum Ended {
    Unreadable(io::Error),
    /// At this line.
    Halfway(usize, String),
}

impl<Q: DeadLetterQueue> Import<'_, Q> {
    async fn run(
        &mut self,
        mut lines: impl Iterator<Item = (usize, io::Result<String>)>,
    ) -> Result<(), Ended> {
        loop {
            let several = self.take(&mut lines)?;
            let Some((number, _)) = several.first() else { return Ok(()) };
            if self.stop.is_cancelled() {
                return Err(Ended::Halfway(*number, "a signal came".to_owned()));
            }
            for batch in send::batches(several, MAX_BATCH, |(_, letter)| letter.bytes()) {
                self.send(batch).await?;
                self.bar.at(self.sent);
            }
        }
    }

    /// Up to ten letters; none at the end. Empty lines are none.
    fn take(
        &mut self,
        lines: &mut impl Iterator<Item = (usize, io::Result<String>)>,
    ) -> Result<Vec<Numbered>, Ended> {
        let mut several = Vec::new();
        while several.len() < MAX_BATCH
            && let Some((position, text)) = lines.next()
        {
            let number = position + 1;
            match text {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => match jsonl::read(&text, self.reading) {
                    Ok(letter) => several.push((number, letter)),
                    Err(why) => self.skip(number, &why),
                },
                Err(error) if error.kind() == ErrorKind::InvalidData => self.skip(number, "it is not UTF-8"),
                Err(error) => return Err(Ended::Unreadable(error)),
            }
        }
        Ok(several)
    }

    async fn send(&mut self, batch: Vec<Numbered>) -> Result<(), Ended> {
        let (numbers, letters): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let answers = send::send(self.to, &letters).await;
        let answers = answers.map_err(|fault| Ended::Halfway(numbers[0], fault.to_string()))?;
        failpoint::reach("imported");
        for ((number, letter), answer) in numbers.into_iter().zip(letters).zip(answers) {
            match answer {
                Sent::Done => self.sent += 1,
                // It may be taken later, and what is behind it in its group is to stay behind it.
                Sent::Failed(why) if self.to.is_fifo() => return Err(Ended::Halfway(number, why)),
                Sent::Refused(why) | Sent::Failed(why) => {
                    let name = sqs::name::said(&letter.attributes).unwrap_or("-");
                    self.skip(
                        number,
                        &format!("{}: SQS did not take it: {}", text::plain(name), text::plain(&why)),
                    );
                }
            }
        }
        Ok(())
    }

    fn skip(&mut self, number: usize, why: &str) {
        self.skipped += 1;
        self.bar.aside(|| tracing::warn!("line {number} is skipped: {why}"));
    }
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::File { doing: "read", path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dlq::fake::FakeLetters;

    async fn import(to: &FakeLetters, lines: &[&str]) -> (Result<(), Ended>, usize, usize) {
        let stop = CancellationToken::new();
        let reading = Reading::default();
        let mut import = Import { to, reading, stop: &stop, bar: Bar::new(None), sent: 0, skipped: 0 };
        let lines = lines.iter().map(|line| Ok((*line).to_owned())).enumerate();
        let ended = import.run(lines).await;
        (ended, import.sent, import.skipped)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_letter_or_is_not_taken_costs_only_itself() {
        let to = FakeLetters::default();
        to.refuse("b");
        let lines = [r#"{"body":"a"}"#, "", "nonsense", r#"{"body":"b"}"#, r#"{"body":"c"}"#];
        let (ended, sent, skipped) = import(&to, &lines).await;
        assert!(ended.is_ok());
        assert_eq!((sent, skipped, to.sent()), (2, 2, vec!["a".to_owned(), "c".to_owned()]));
    }

    #[tokio::test(start_paused = true)]
    async fn where_a_fifo_queue_does_not_take_a_line_now_it_goes_on_from_there() {
        let to = FakeLetters::default();
        to.keep_order();
        to.fail_body("b");
        let (ended, sent, skipped) = import(&to, &[r#"{"body":"a"}"#, r#"{"body":"b"}"#]).await;
        assert!(matches!(ended, Err(Ended::Halfway(2, _))));
        assert_eq!((sent, skipped), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn where_sqs_does_not_answer_it_says_where_to_go_on() {
        let to = FakeLetters::default();
        to.fail(1);
        let (ended, sent, _) = import(&to, &["", r#"{"body":"a"}"#]).await;
        assert!(matches!(ended, Err(Ended::Halfway(2, _))) && sent == 0);
    }
}
