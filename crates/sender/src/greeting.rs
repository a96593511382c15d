//! What the sender makes by itself: numbered greetings.

use std::ops::Range;

use outbound::Outgoing;
use shared::message::DedupId;

use crate::feed::{Feed, Numbered};

/// Greetings with these numbers, of this group.
#[derive(Clone, Debug)]
pub struct Greetings {
    numbers: Range<u64>,
    group: Option<String>,
}

impl Greetings {
    /// Greetings with these numbers, each under a new name.
    pub fn new(numbers: Range<u64>, group: Option<String>) -> Self {
        Self { numbers, group }
    }
}

impl Feed for Greetings {
    async fn take(&mut self, most: usize) -> Vec<Numbered> {
        let group = &self.group;
        let greeting = |number| {
            let message = Outgoing::new(DedupId::generate().to_string(), format!("hello world {number}"));
            Numbered { number, message: Outgoing { group: group.clone(), ..message } }
        };
        self.numbers.by_ref().take(most).map(greeting).collect()
    }
}
