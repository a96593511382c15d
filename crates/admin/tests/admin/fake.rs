//! A queue in memory, a handler that does what it is told, and a server that shows them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquit_admin::{Admin, Server};
use engine::delivery::Delivery;
use engine::handler::Handler;
use engine::monitor::Startup;
use engine::pipeline::Pipeline;
use engine::queue::{EntryResult, Moved, Queue};
use engine::settings::Settings;
use engine::verdict::{Rejection, Unavailable, Verdict};
use shared::error::ServiceError;
use shared::message::{DedupId, Message, Receipt, Received};
use tokio::time::sleep;

use crate::client::Client;

/// Hands out what it has, once.
struct MemoryQueue {
    name: &'static str,
    waiting: Mutex<Vec<Received>>,
}

impl Queue for MemoryQueue {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, ServiceError> {
        let received: Vec<_> = {
            let mut waiting = self.waiting.lock().unwrap();
            let rest = waiting.len().saturating_sub(most);
            waiting.drain(rest..).collect()
        };
        if received.is_empty() {
            sleep(Settings::default().wait_time).await;
        }
        Ok(received)
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        Ok(vec![EntryResult::Ok; receipts.len()])
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        Ok(vec![EntryResult::Ok; receipts.len()])
    }

    async fn dead_letter(&self, _: &Message, _: &Rejection) -> Result<Moved, ServiceError> {
        Ok(Moved::Sent)
    }

    fn max_receive_count(&self) -> Option<u32> {
        None
    }

    fn name(&self) -> Option<&str> {
        Some(self.name)
    }
}

/// Does every message.
struct Works {
    /// Whether its database says so as well.
    answers: bool,
}

impl Handler for Works {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        batch.iter().map(|_| Verdict::Done).collect()
    }

    async fn look(&self) -> Result<(), Unavailable> {
        if self.answers { Ok(()) } else { Err(Unavailable::passing("away")) }
    }
}

/// A pipeline on a queue with so many messages.
pub(crate) fn pipeline(name: &'static str, messages: usize, answers: bool) -> Pipeline {
    let waiting = (0..messages).map(|number| message(&format!("{name}-{number}"))).collect();
    let queue = MemoryQueue { name, waiting: Mutex::new(waiting) };
    Pipeline::start(Arc::new(queue), Arc::new(Works { answers }), Settings::default())
}

fn message(name: &str) -> Received {
    let message = Message {
        id: DedupId::of(name),
        message_id: name.to_owned(),
        body: "hello".to_owned(),
        sent_at: None,
        receive_count: 1,
        attributes: Vec::new(),
        group: None,
        trace_header: None,
    };
    Received { message, receipt: name.into() }
}

/// A server on a free port that shows a start.
pub(crate) async fn server(change: impl FnOnce(Admin) -> Admin) -> (Client, Server) {
    let admin = Admin::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let client = Client(admin.address());
    (client, change(admin).begin(Arc::new(Startup::new())))
}
