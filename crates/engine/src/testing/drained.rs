//! What became of the messages of a test.

use super::fake::SetAside;

/// The reason of a dead letter that no handler asked for: its receives were spent, for example because
/// its worker crashed each time, and the queue moved it by itself.
pub const MOVED_BY_QUEUE: &str = "moved by the queue itself";

/// What became of the messages of a [`TestQueue`](super::TestQueue), since it was made.
///
/// The numbers are what the job or handler said, noted outside of the pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// How often the job took effect. Above the number of messages it took effect twice for one.
    pub done: usize,
    /// How often the job said that a message had taken effect before.
    pub duplicates: usize,
    /// How often the job failed, and asked for the message to be handed out again. Panics and
    /// timeouts are not among them.
    pub retried: usize,
    /// What was set aside, the oldest first.
    pub dead_letters: Vec<DeadLetter>,
}

/// A message that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Its text.
    pub body: String,
    /// Why, as it would be in the attribute `dlq-reason`; [`MOVED_BY_QUEUE`] where nobody said.
    pub reason: String,
    /// How often it was received.
    pub receive_count: u32,
}

impl From<SetAside> for DeadLetter {
    fn from(aside: SetAside) -> Self {
        let SetAside { message, reason } = aside;
        let reason = reason.unwrap_or_else(|| MOVED_BY_QUEUE.to_owned());
        Self { body: message.body, reason, receive_count: message.receive_count }
    }
}
