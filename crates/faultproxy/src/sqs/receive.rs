//! The way of a `ReceiveMessage` call, and of the messages in its answer.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::envelope::{Answer, Request};
use super::fault::{Fault, Stage};
use super::lost::Lost;
use super::operation::Operation::ReceiveMessage;
use super::relay::Relay;
use super::{groups, messages, receipts, refusal};

impl Relay {
    /// Asks for messages, and hands out what the rules make of them.
    ///
    /// # Errors
    /// Where the upstream cannot be asked.
    pub(super) async fn receive(&self, mut request: Request) -> Result<Answer, Lost> {
        let (queue, most) = (queue(request.json()), messages::most(request.json()));
        let asked = Instant::now();
        let visible_at = receipts::after(request.json(), asked);
        if self.control.holds_groups() {
            groups::ask_for_numbers(request.edit());
        }
        let again = self.recall(&queue, most);
        if !again.is_empty() {
            messages::make_room(request.edit(), again.len());
        }
        let full = !again.is_empty() && again.len() == most;
        let mut answer = if full { refusal::good(json!({})) } else { self.send(request).await? };
        if answer.head.status.is_success() {
            let fresh = self.admit(&queue, messages::of(answer.json()), visible_at, asked);
            self.note(&fresh, visible_at);
            self.control.memory.remember(&queue, &fresh);
            let handed = self.hand_out([fresh, again].concat(), most, visible_at);
            messages::put(handed, &mut answer);
        }
        Ok(answer)
    }

    /// Without those whose groups are in flight. The queue counts from its answer on.
    fn admit(
        &self,
        queue: &str,
        fresh: Vec<Value>,
        visible_at: Option<Instant>,
        asked: Instant,
    ) -> Vec<Value> {
        if !self.control.holds_groups() {
            return fresh;
        }
        let now = Instant::now();
        let visible_at = visible_at.map(|at| at + (now - asked));
        self.control.groups.admit(queue, fresh, visible_at, now)
    }

    /// Messages of earlier answers that are to be in this one, too.
    fn recall(&self, queue: &str, most: usize) -> Vec<Value> {
        let mut again = Vec::new();
        self.control.strike(ReceiveMessage, Stage::Room, |fault, rng| {
            let Fault::Redeliver { new_receipt } = fault else { return false };
            let room = again.len() < most;
            let message = room.then(|| self.control.memory.recall(queue, *new_receipt, rng)).flatten();
            let found = message.is_some();
            again.extend(message);
            found
        });
        again
    }

    fn hand_out(&self, mut messages: Vec<Value>, most: usize, visible_at: Option<Instant>) -> Vec<Value> {
        self.control.strike(ReceiveMessage, Stage::Messages, |fault, rng| {
            messages::tamper(fault, &mut messages, most, rng)
        });
        self.note(&messages, visible_at);
        self.control.meter.entries.add(ReceiveMessage, messages.len());
        messages
    }

    fn note(&self, messages: &[Value], visible_at: Option<Instant>) {
        if self.control.refuses_stale() {
            self.control.receipts.note(messages, visible_at);
        }
    }
}

fn queue(request: &Value) -> String {
    request.get("QueueUrl").and_then(Value::as_str).unwrap_or_default().to_owned()
}
