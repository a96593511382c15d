//! What the sender sends: numbered greetings.

use shared::message::DedupId;

/// A message that is on its way to the queue.
#[derive(Clone, Debug)]
pub struct Greeting {
    /// Counts from the sender's `--start`.
    pub number: u64,
    /// Stays the same however often it is sent.
    pub id: DedupId,
}

impl Greeting {
    /// The greeting with this number, under a new id.
    pub fn new(number: u64) -> Self {
        let id = DedupId::generate();
        Self { number, id }
    }

    /// What is sent: `hello world N`.
    pub fn body(&self) -> String {
        format!("hello world {}", self.number)
    }
}
