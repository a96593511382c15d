//! What became of the messages: the last log line and the exit code.

use std::time::Duration;
use std::{fmt, io};

use runtime::exit;
use runtime::queue::told;
use shared::error::ServiceError;
use sqs::lookup::QueueError;

use crate::journal::{JournalError, Summary};

/// Counts of a run. Every message made is in exactly one of the first four.
#[derive(Debug, Default)]
pub struct Report {
    /// On the queue for sure.
    pub confirmed: u64,
    /// Given up: SQS would refuse them again.
    pub refused: u64,
    /// Given up: SQS did not take them until the end.
    pub unconfirmed: u64,
    /// Sent, and not yet answered. At the end: the outcome is unknown.
    pub open: u64,
    /// Lines of an input that were no messages.
    pub unreadable: u64,
    /// Messages and lines that were written down, to be sent again.
    pub rejected: u64,
    /// The first line of an input that is to be sent again, where one is.
    pub resume_at: Option<u64>,
    /// From the first message to the end.
    pub elapsed: Duration,
    /// What ended the run before its time.
    pub fatal: Option<Fatal>,
}

/// What no further try can mend.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// The queue is not there, or not for us.
    #[error("{}", told(.0, .0.is_of_name()))]
    Queue(QueueError),
    /// The confirmations cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[source] io::Error),
    /// The input, or the file of rejects.
    #[error(transparent)]
    Journal(JournalError),
}

impl Fatal {
    /// What a call's `fault`, other than that SQS is away, means for the queue called `name`.
    pub fn new(name: &str, fault: ServiceError) -> Self {
        Self::Queue(QueueError::new(name, fault))
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Queue(error) => exit::code(error.is_usage()),
            Self::Output(_) | Self::Journal(_) => exit::FAILED,
        }
    }
}

impl Report {
    /// With what the journal knows at the end.
    #[must_use]
    pub fn told(self, elapsed: Duration, summary: Summary) -> Self {
        let Summary { unreadable, rejected, resume_at, failure } = summary;
        let fatal = self.fatal.or(failure.map(Fatal::Journal));
        Self { unreadable, rejected, resume_at, elapsed, fatal, ..self }
    }

    /// The exit code of a run that was to send `wanted` messages; without a number, until stopped.
    pub fn exit_code(&self, wanted: Option<u64>) -> u8 {
        let is_short = wanted.is_some_and(|wanted| self.confirmed < wanted);
        match &self.fatal {
            Some(fatal) => fatal.exit_code(),
            None if self.open > 0 => exit::ABANDONED,
            None if is_short || self.resume_at.is_some() => exit::FAILED,
            None if self.refused + self.unconfirmed + self.unreadable > 0 => exit::FAILED,
            None => 0,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = if self.confirmed == 1 { "message" } else { "messages" };
        write!(f, "sent {} {messages} in {:.1} s", self.confirmed, self.elapsed.as_secs_f64())?;
        let rest = [
            (self.unconfirmed, "not confirmed"),
            (self.refused, "refused"),
            (self.open, "not answered in time, outcome unknown"),
            (self.unreadable, "unreadable"),
        ];
        rest.iter()
            .filter(|(count, _)| *count > 0)
            .try_for_each(|(count, what)| write!(f, ", {count} {what}"))
    }
}

#[cfg(test)]
mod tests {
    use shared::error::ErrorKind;

    use super::*;

    fn report(confirmed: u64, refused: u64, unconfirmed: u64, open: u64) -> Report {
        Report {
            confirmed,
            refused,
            unconfirmed,
            open,
            elapsed: Duration::from_secs(12),
            ..Report::default()
        }
    }

    #[test]
    fn the_last_line_mentions_only_what_happened() {
        assert_eq!(report(12, 0, 0, 0).to_string(), "sent 12 messages in 12.0 s");
        assert_eq!(
            report(1, 2, 3, 4).to_string(),
            "sent 1 message in 12.0 s, 3 not confirmed, 2 refused, 4 not answered in time, outcome unknown"
        );
    }

    #[test]
    fn a_counted_run_succeeds_only_when_all_are_confirmed() {
        assert_eq!(report(5, 0, 0, 0).exit_code(Some(5)), 0);
        assert_eq!(report(4, 0, 0, 0).exit_code(Some(5)), exit::FAILED);
    }

    #[test]
    fn an_endless_run_succeeds_unless_something_made_was_not_sent() {
        assert_eq!(report(0, 0, 0, 0).exit_code(None), 0);
        assert_eq!(report(9, 1, 0, 0).exit_code(None), exit::FAILED);
        assert_eq!(report(9, 0, 1, 0).exit_code(None), exit::FAILED);
        assert_eq!(report(9, 0, 1, 1).exit_code(None), exit::ABANDONED);
    }

    #[test]
    fn a_file_succeeds_only_when_all_its_lines_are_messages_and_confirmed() {
        assert_eq!(Report { unreadable: 1, ..report(9, 0, 0, 0) }.exit_code(None), exit::FAILED);
        assert_eq!(Report { resume_at: Some(10), ..report(9, 0, 0, 0) }.exit_code(None), exit::FAILED);
    }

    #[test]
    fn whatever_ends_a_run_may_be_mended_before_the_next() {
        for kind in [ErrorKind::NoSuchQueue, ErrorKind::Denied, ErrorKind::Refused] {
            let fatal = Fatal::new("q", ServiceError::of(kind, "SendMessageBatch", "no"));
            assert_eq!(fatal.exit_code(), exit::FAILED);
        }
        let full = Fatal::Output(io::ErrorKind::StorageFull.into());
        assert_eq!(Report { fatal: Some(full), ..Report::default() }.exit_code(None), exit::FAILED);
    }
}
