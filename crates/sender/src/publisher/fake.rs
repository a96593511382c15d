//! A queue that answers by a script, and remembers what it was sent and when.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::error::{Cause, ErrorKind, ServiceError};
use shared::message::DedupId;
use tokio::time::{Instant, sleep};

use crate::batch::{Answer, Batch, Failure};
use crate::send_port::SendPort;

/// What becomes of one call. The entry that it is about is the batch's second.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    Takes,
    /// Says that the entry failed, and whether that is the sender's fault.
    Fails(bool),
    /// Does not mention the entry.
    Omits,
    /// The call fails as a whole.
    Faults(ErrorKind),
    /// The credentials have expired.
    Expires,
    /// There is never an answer.
    Hangs,
    Panics,
}

/// One call: when it came, and numbers and ids of what it carried.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) at: Instant,
    pub(super) sent: Vec<(u64, DedupId)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Fake {
    latency: Duration,
    script: Arc<Mutex<VecDeque<Reply>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Fake {
    /// Replies so, call by call; takes everything once the script has ended.
    pub(super) fn new(script: &[Reply]) -> Self {
        let script = Arc::new(Mutex::new(script.iter().copied().collect()));
        Self { script, ..Self::default() }
    }

    /// Needs this long for each reply.
    pub(super) fn taking(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    fn note(&self, batch: &Batch) -> Reply {
        let sent = batch.greetings().iter().map(|greeting| (greeting.number, greeting.id)).collect();
        self.calls.lock().unwrap().push(Call { at: Instant::now(), sent });
        self.script.lock().unwrap().pop_front().unwrap_or(Reply::Takes)
    }
}

impl SendPort for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn send(&self, batch: &Batch) -> Result<Answer, ServiceError> {
        let reply = self.note(batch);
        sleep(self.latency).await;
        let all = 0..batch.greetings().len();
        let others = || all.clone().filter(|position| *position != 1).collect();
        match reply {
            Reply::Takes => Ok(Answer { taken: all.collect(), failed: vec![] }),
            Reply::Omits => Ok(Answer { taken: others(), failed: vec![] }),
            Reply::Fails(sender_fault) => {
                let failure = Failure { position: 1, reason: "Code".into(), sender_fault };
                Ok(Answer { taken: others(), failed: vec![failure] })
            }
            Reply::Faults(kind) => Err(ServiceError::of(kind, "SendMessageBatch", "no")),
            Reply::Expires => Err(ServiceError {
                cause: Cause::Expired,
                ..ServiceError::of(ErrorKind::Denied, "SendMessageBatch", "no")
            }),
            Reply::Hangs => pending().await,
            Reply::Panics => panic!("as scripted"),
        }
    }
}
