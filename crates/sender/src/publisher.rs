//! Sends what the source hands out, and counts of each message what became of it.

use std::io::{self, Write};
use std::time::Duration;

use futures_util::stream::{self, Stream, StreamExt};
use outbound::SendError;
use outbound::producer::Producer;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::feed::Feed;
use crate::journal::Journal;
use crate::output::Output;
use crate::report::{Fatal, Report};
use crate::source::Source;

/// How long answers are awaited after a stop.
const GRACE: Duration = Duration::from_secs(10);
/// Answers that are looked at together.
const TOGETHER: usize = 100;
/// Messages that may be handed over and not yet answered for. The producer's own limits are lower.
const OPEN: usize = 10_000;

/// What is known of a message.
type Answer = (u64, Result<(), SendError>);

/// Source, producer and output, brought together.
#[derive(Debug)]
pub struct Publisher<F, W: Write> {
    producer: Producer,
    source: Source<F>,
    output: Output<W>,
    journal: Journal,
    stop: CancellationToken,
}

impl<F: Feed, W: Write> Publisher<F, W> {
    /// A publisher that has not begun.
    pub fn new(producer: Producer, source: Source<F>, output: Output<W>, stop: CancellationToken) -> Self {
        Self { producer, source, output, journal: Journal::default(), stop }
    }

    /// Tells `journal` what becomes of each message.
    #[must_use]
    pub fn with_journal(self, journal: Journal) -> Self {
        Self { journal, ..self }
    }

    /// Runs until all messages are settled, or, after a stop, for the grace at most.
    pub async fn run(self) -> Report {
        let Self { producer, source, output, journal, stop } = self;
        let start = Instant::now();
        let answers = answers(producer.clone(), source, journal.clone(), stop.clone());
        let mut settling = Settling {
            url: producer.url().to_owned(),
            output,
            journal,
            stop: stop.clone(),
            report: Report::default(),
        };
        tokio::join!(settling.settle(answers), close(&producer, &stop));
        settling.output.close();
        settling.report.told(start.elapsed(), settling.journal.summary())
    }
}

async fn close(producer: &Producer, stop: &CancellationToken) {
    stop.cancelled().await;
    producer.close(GRACE).await;
}

/// Hands over what the source hands out until it ends or a stop is asked for, and tells what became of
/// each message.
fn answers<F: Feed>(
    producer: Producer,
    mut source: Source<F>,
    journal: Journal,
    stop: CancellationToken,
) -> impl Stream<Item = Answer> {
    let (handed_over, mut confirmations) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Some(messages) =
            stop.run_until_cancelled(source.next()).await.filter(|next| !next.is_empty())
        {
            journal.taken_up(&messages);
            let (numbers, messages): (Vec<_>, Vec<_>) =
                messages.into_iter().map(|next| (next.number, next.message)).unzip();
            let submitted = producer.submit_all(messages).await;
            if handed_over.send(numbers.into_iter().zip(submitted)).await.is_err() {
                return;
            }
        }
    });
    let confirmations = stream::poll_fn(move |context| confirmations.poll_recv(context));
    let answers = confirmations.flat_map(stream::iter).map(|(number, submitted)| async move {
        match submitted {
            Ok(confirmation) => (number, confirmation.await),
            Err(error) => (number, Err(error)),
        }
    });
    answers.buffer_unordered(OPEN)
}

/// Counts and prints.
struct Settling<W: Write> {
    url: String,
    output: Output<W>,
    journal: Journal,
    stop: CancellationToken,
    report: Report,
}

impl<W: Write> Settling<W> {
    /// Ends with the answers, and then stops what else is going on.
    async fn settle(&mut self, answers: impl Stream<Item = Answer>) {
        let mut answers = Box::pin(answers.ready_chunks(TOGETHER));
        while let Some(answers) = answers.next().await {
            let confirmed: Vec<_> =
                answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(number, _)| *number).collect();
            for (number, error) in
                answers.into_iter().filter_map(|(number, answer)| Some((number, answer.err()?)))
            {
                self.fail(number, error);
            }
            self.confirm(&confirmed);
        }
        self.stop.cancel();
    }

    fn confirm(&mut self, numbers: &[u64]) {
        self.report.confirmed += numbers.len() as u64;
        self.journal.confirmed(numbers);
        if let Err(error) = self.output.confirm(numbers) {
            self.end_output(error);
        }
    }

    /// A reader that left, such as `head`, has seen enough: that is no failure.
    fn end_output(&mut self, error: io::Error) {
        self.stop.cancel();
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.report.fatal.get_or_insert(Fatal::Output(error));
        }
    }

    fn fail(&mut self, number: u64, error: SendError) {
        self.journal.failed(number, &error);
        match error {
            SendError::Refused(_) | SendError::Flaw(_) => {
                self.report.refused += 1;
                self.output.aside(|| tracing::error!("message {number}: {error}"));
            }
            SendError::Queue(fault) => {
                self.report.unconfirmed += 1;
                self.report.fatal.get_or_insert_with(|| Fatal::new(&self.url, fault));
                self.stop.cancel();
            }
            // A panic of the call is not to be followed by others.
            SendError::Unknown(_) => {
                self.report.open += 1;
                self.stop.cancel();
            }
            // It was not even taken: there was a stop before.
            SendError::Closed => {}
            _ => self.report.unconfirmed += 1,
        }
    }
}

#[cfg(test)]
mod tests;
