//! Why a command on dead letters failed.

use std::io;
use std::path::PathBuf;

use engine::depth::Depth;
use runtime::queue::told;
use shared::error::ServiceError;
use sqs::lookup::QueueError;

/// What went wrong, in words for whoever typed the command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue cannot be used.
    #[error("{}", told(.0, .0.is_of_name()))]
    Queue(QueueError),
    /// The dead-letter queue cannot be used.
    #[error(
        "the dead-letter queue cannot be used: check --dlq-url (DLQ_URL), or the queue's redrive policy: {0}"
    )]
    DeadLetters(QueueError),
    /// `--to-queue-url` cannot be used.
    #[error("the queue to send to cannot be used: check --to-queue-url (TO_QUEUE_URL): {0}")]
    Destination(QueueError),
    /// It would go in circles.
    #[error(
        "letters cannot be sent back to the dead-letter queue itself: check --to-queue-url (TO_QUEUE_URL)"
    )]
    Circle,
    /// The queue gives nothing up.
    #[error("the queue {0} has no dead-letter queue: give it one, or name one by --dlq-url (DLQ_URL)")]
    NoDeadLetters(String),
    /// A call to SQS failed.
    #[error("SQS fails ({0}): {remedy}; what was held is given back, what is done stays done", remedy = .0.remedy())]
    Sqs(ServiceError),
    /// Standard output does not take it.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// A file does not do.
    #[error("cannot {doing} {path}: {error}", path = path.display())]
    File {
        /// `read` or `write`.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// The operating system's word for it.
        error: io::Error,
    },
    /// Dead letters are deleted only once a file holds them.
    #[error("--remove needs a FILE: only what a file holds for good may be deleted")]
    RemoveWithoutFile,
    /// Sent halfway.
    #[error(
        "{sent} letters were sent; line {number} was not ({text}): go on with --from-line {number}, \
         what is sent twice will be stored once"
    )]
    Halfway {
        /// How many.
        sent: usize,
        /// The first line that is not known to be sent.
        number: usize,
        /// Why.
        text: String,
    },
    /// Nobody is there to ask.
    #[error("purging deletes for good: say --yes, or run it on a terminal to be asked ({0})")]
    Unconfirmed(Depth),
    /// The name that was typed is another one.
    #[error("that is not the queue's name: nothing was deleted")]
    NotConfirmed,
}

impl Error {
    /// Whether options or configuration must be changed first.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Queue(error) | Self::DeadLetters(error) | Self::Destination(error) => !error.is_passing(),
            Self::Circle
            | Self::NoDeadLetters(_)
            | Self::RemoveWithoutFile
            | Self::Unconfirmed(_)
            | Self::File { .. } => true,
            _ => false,
        }
    }
}

impl From<QueueError> for Error {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl From<ServiceError> for Error {
    fn from(fault: ServiceError) -> Self {
        Self::Sqs(fault)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_is_about_the_option_that_is_wrong() {
        let missing = || QueueError::NoSuchQueue("x".into());
        let text = Error::DeadLetters(missing()).to_string();
        assert!(text.contains("--dlq-url") && !text.contains("--queue-url"), "{text}");
        let text = Error::Queue(missing()).to_string();
        assert!(text.contains("--queue-url") && !text.contains("--dlq-url"), "{text}");
    }
}
