//! A queue in memory that takes messages, for tests of whoever sends.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use shared::error::{Cause, ErrorKind, ServiceError};
use tokio::time::{Instant, sleep};

use crate::outgoing::Outgoing;
use crate::port::{Entry, SendPort};

const CALL: &str = "SendMessageBatch";

/// What becomes of one call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// All of it is taken.
    Takes,
    /// All but the entry at this place; it may be taken later.
    Fails(usize),
    /// All but the entry at this place, which would be refused again.
    Refuses(usize),
    /// All, and the answer does not mention the entry at this place.
    Omits(usize),
    /// Nothing is taken: the call fails as a whole.
    Faults(ErrorKind),
    /// Nothing is taken: the credentials have expired.
    Expires,
    /// All is taken, and the answer is lost.
    LosesAnswer,
    /// Nothing is taken, and there is never an answer.
    Hangs,
    /// The call panics.
    Panics,
}

/// One call: when it came and what it carried.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it came.
    pub at: Instant,
    /// What it carried.
    pub sent: Vec<Outgoing>,
}

/// A queue in memory that takes messages, and remembers them. Clones are the same queue.
///
/// ```
/// use acquit_outbound::producer::{Producer, Settings};
/// use acquit_outbound::testing::TestPort;
/// use acquit_outbound::Outgoing;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let queue = TestPort::new("reservations");
/// let producer = Producer::start(queue.clone(), Settings::default());
/// producer.send(Outgoing::new("r-1", "seat 7")).await.unwrap();
/// assert_eq!(queue.taken()[0].body, "seat 7");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestPort {
    url: String,
    latency: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Reply>,
    calls: Vec<Call>,
    taken: Vec<Outgoing>,
}

impl TestPort {
    /// An empty queue of that name; one that ends in `.fifo` is a FIFO queue.
    pub fn new(name: &str) -> Self {
        let url = format!("http://test/000000000000/{name}");
        Self { url, latency: Duration::ZERO, state: Arc::default() }
    }

    /// Needs this long for each call.
    #[must_use]
    pub fn taking(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// Answers the next calls so; takes everything once all of these are used up.
    #[must_use]
    pub fn replying(self, script: impl IntoIterator<Item = Reply>) -> Self {
        self.state().script.extend(script);
        self
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// What is on the queue: a message that was taken twice is there twice.
    pub fn taken(&self) -> Vec<Outgoing> {
        self.state().taken.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding what was sent")
    }

    fn note(&self, batch: &[Outgoing]) -> Reply {
        let mut state = self.state();
        state.calls.push(Call { at: Instant::now(), sent: batch.to_vec() });
        state.script.pop_front().unwrap_or(Reply::Takes)
    }

    /// Takes all but what is at these places, and answers.
    fn take(&self, batch: &[Outgoing], except: Option<(usize, Entry)>) -> Vec<Entry> {
        let is_taken = |place: usize| match &except {
            Some((excepted, entry)) => *excepted != place || matches!(entry, Entry::Unknown(_)),
            None => true,
        };
        let taken = batch.iter().enumerate().filter(|(place, _)| is_taken(*place));
        self.state().taken.extend(taken.map(|(_, message)| message.clone()));
        let mut entries = vec![Entry::Taken; batch.len()];
        if let Some((place, entry)) = except
            && let Some(slot) = entries.get_mut(place)
        {
            *slot = entry;
        }
        entries
    }
}

impl SendPort for TestPort {
    fn url(&self) -> &str {
        &self.url
    }

    async fn send(&self, batch: &[Outgoing]) -> Result<Vec<Entry>, ServiceError> {
        let reply = self.note(batch);
        sleep(self.latency).await;
        let why = || "as scripted".to_owned();
        match reply {
            Reply::Takes => Ok(self.take(batch, None)),
            Reply::Fails(place) => Ok(self.take(batch, Some((place, Entry::Failed(why()))))),
            Reply::Refuses(place) => Ok(self.take(batch, Some((place, Entry::Refused(why()))))),
            Reply::Omits(place) => Ok(self.take(batch, Some((place, Entry::Unknown(why()))))),
            Reply::Faults(kind) => Err(ServiceError::of(kind, CALL, "no")),
            Reply::Expires => {
                let denied = ServiceError::of(ErrorKind::Denied, CALL, "no");
                Err(ServiceError { cause: Cause::Expired, ..denied })
            }
            Reply::LosesAnswer => {
                self.take(batch, None);
                Err(ServiceError::of(ErrorKind::Unavailable, CALL, "no answer"))
            }
            Reply::Hangs => pending().await,
            Reply::Panics => panic!("as scripted"),
        }
    }
}
