//! The way of one call: in, upstream and back, with what the rules make of it.

use std::sync::Arc;

use http_body_util::Full;
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::batch::{self, Failed};
use super::control::Control;
use super::envelope::{Answer, Request, relayed};
use super::fault::{Fault, Stage};
use super::lost::Lost;
use super::memory;
use super::operation::Operation;
use super::refusal::{self, Refusal};
use super::upstream::Upstream;

/// Relays calls. It alone has the upstream's connections: they end with it.
#[derive(Clone, Debug)]
pub(super) struct Relay {
    pub(super) control: Arc<Control>,
    pub(super) upstream: Upstream,
}

impl Relay {
    /// Answers one call.
    ///
    /// # Errors
    /// [`Lost`]: the connection is to be closed without an answer.
    pub(super) async fn call(self, request: hyper::Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
        let (head, body) = request.into_parts();
        let operation = Operation::of(&head.headers);
        let request = Request::read(head, body).await.map_err(|_| Lost)?;
        self.control.meter.requests.add(operation, 1);
        let _open = (operation == Operation::ReceiveMessage).then(|| self.control.meter.polls.enter());
        let answer = match self.arrive(operation).await {
            Some(refusal) => refusal.answer(),
            None => self.pass_on(operation, request).await?,
        };
        Ok(response(answer))
    }

    /// Holds the call up, or refuses it.
    async fn arrive(&self, operation: Operation) -> Option<Refusal> {
        // It counts from here: no release is missed.
        let mut released = std::pin::pin!(self.control.released.notified());
        let mut struck: Vec<Fault> = Vec::new();
        self.control.strike(operation, Stage::Arrival, |fault, _| {
            let open = struck.iter().all(|fault| Refusal::of(fault).is_none());
            struck.extend(open.then(|| fault.clone()));
            open
        });
        for fault in struck {
            match fault {
                Fault::Delay(pause) => sleep(pause).await,
                Fault::BlackHole => released.as_mut().await,
                _ => return Refusal::of(&fault),
            }
        }
        None
    }

    async fn pass_on(&self, operation: Operation, request: Request) -> Result<Answer, Lost> {
        let answer = match operation {
            Operation::ReceiveMessage => self.receive(request).await,
            _ if operation.is_batch() => self.batch(operation, request).await,
            _ => self.single(operation, request).await,
        }?;
        let mut lost = false;
        self.control.strike(operation, Stage::End, |_, _| !std::mem::replace(&mut lost, true));
        if lost { Err(Lost) } else { Ok(answer) }
    }

    async fn single(&self, operation: Operation, mut request: Request) -> Result<Answer, Lost> {
        let one =
            usize::from(operation.deletes() || operation.hides() || operation == Operation::SendMessage);
        self.control.meter.entries.add(operation, one);
        if let Err(refusal) = self.use_up(operation, request.json()) {
            return Ok(refusal.answer());
        }
        if operation.deletes() || operation.hides() {
            memory::restore(request.edit());
        }
        self.send(request).await
    }

    async fn batch(&self, operation: Operation, mut request: Request) -> Result<Answer, Lost> {
        self.control.meter.entries.add(operation, batch::len(request.json()));
        let mut failed = Failed::default();
        self.control
            .strike(operation, Stage::Entries, |fault, rng| failed.strike(request.edit(), fault, rng));
        if operation.deletes() || operation.hides() {
            failed.refuse(request.edit(), |entry| self.use_up(operation, entry).err());
            batch::entries(request.edit()).for_each(memory::restore);
        }
        if failed.is_empty() {
            return self.send(request).await;
        }
        let nothing_left = batch::len(request.json()) == 0;
        let mut answer = if nothing_left { refusal::good(json!({})) } else { self.send(request).await? };
        if answer.head.status.is_success() {
            failed.merge_into(answer.edit());
        }
        Ok(answer)
    }

    fn use_up(&self, operation: Operation, entry: &Value) -> Result<(), Refusal> {
        if self.control.refuses_stale() {
            let used = self.control.receipts.use_up(operation, entry, Instant::now());
            self.control.meter.stale(used.is_err());
            used?;
        }
        if self.control.holds_groups() {
            self.control.groups.use_up(operation, entry, Instant::now());
        }
        Ok(())
    }

    pub(super) async fn send(&self, request: Request) -> Result<Answer, Lost> {
        self.upstream.send(self.control.upstream(), request).await
    }
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let (head, body) = answer.open();
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = relayed(head.headers);
    response
}
