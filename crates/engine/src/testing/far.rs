//! The real pipeline before a queue and a database that are a given way off, in virtual time.
//!
//! What limits a pipeline at a distance is waiting and not work. Here nothing takes time but the way, so
//! the figures are the same on every machine, and a test can compare them.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use shared::error::ServiceError;
use shared::limits::MAX_BATCH;
use shared::message::{Message, Receipt, Received};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

use super::message::message;
use crate::delivery::Delivery;
use crate::handler::Handler;
use crate::pipeline::Pipeline;
use crate::queue::{EntryResult, Moved, Queue};
use crate::settings::Settings;
use crate::verdict::{Rejection, Verdict};

/// How far off things are: the time from a request to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// Of the queue.
    pub queue: Duration,
    /// Of the database; a batch takes one round trip.
    pub database: Duration,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Figures {
    /// From the first message to the last one's delete.
    pub took: Duration,
    /// Messages that were deleted.
    pub messages: usize,
    /// Receives that were begun.
    pub receives: u64,
    /// Deletes that were begun.
    pub deletes: u64,
    /// From a message's arrival on the queue to its effect, sorted.
    pub lags: Vec<Duration>,
}

impl Figures {
    /// Messages a second.
    pub fn rate(&self) -> f64 {
        crate::histogram::as_f64(self.messages as u64) / self.took.as_secs_f64()
    }

    /// Calls to the queue for 1,000 messages.
    pub fn requests(&self) -> f64 {
        let calls = crate::histogram::as_f64(self.receives + self.deletes);
        1_000.0 * calls / crate::histogram::as_f64(self.messages.max(1) as u64)
    }

    /// The lag that so many in a thousand do not exceed.
    pub fn lag(&self, thousandths: usize) -> Duration {
        let rank = (self.lags.len() * thousandths).div_ceil(1_000).max(1);
        self.lags.get(rank - 1).copied().unwrap_or_default()
    }
}

/// Drains so many messages that are there from the start.
///
/// # Panics
/// Where the pipeline does, and where the clock is not paused and this takes long.
pub async fn drain(distance: Distance, settings: Settings, messages: usize) -> Figures {
    let far = Far::new(distance, settings.wait_time);
    (0..messages).for_each(|_| far.send());
    far.run(settings, messages).await
}

/// Handles so many messages that arrive at `rate` a second, evenly but for a jitter of half a gap.
///
/// # Panics
/// As [`drain`].
pub async fn trickle(distance: Distance, settings: Settings, rate: u32, messages: usize) -> Figures {
    let far = Far::new(distance, settings.wait_time);
    let sender = far.clone();
    tokio::spawn(async move {
        let (gap, mut random, began) =
            (Duration::from_secs(1) / rate, fastrand::Rng::with_seed(7), Instant::now());
        for number in 0..u32::try_from(messages).unwrap_or(u32::MAX) {
            tokio::time::sleep_until(began + gap * number + gap.mul_f64(random.f64() / 2.0)).await;
            sender.send();
        }
    });
    far.run(settings, messages).await
}

/// Both ends.
#[derive(Clone, Debug)]
struct Far(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    distance: Distance,
    wait: Duration,
    began: Instant,
    waiting: Mutex<VecDeque<Message>>,
    /// One more message for whichever poll waits longest.
    news: Notify,
    receives: AtomicU64,
    deletes: AtomicU64,
    deleted: AtomicU64,
    lags: Mutex<Vec<Duration>>,
    ended: Notify,
}

impl Far {
    fn new(distance: Distance, wait: Duration) -> Self {
        Self(Arc::new(Inner {
            distance,
            wait,
            began: Instant::now(),
            waiting: Mutex::default(),
            news: Notify::new(),
            receives: AtomicU64::new(0),
            deletes: AtomicU64::new(0),
            deleted: AtomicU64::new(0),
            lags: Mutex::default(),
            ended: Notify::new(),
        }))
    }

    /// A message arrives. The time of its arrival is counted from the start.
    fn send(&self) {
        let sent_at = Some(SystemTime::UNIX_EPOCH + self.0.began.elapsed());
        let message = Message { sent_at, ..message("hello world").build() };
        locked(&self.0.waiting).push_back(message);
        self.0.news.notify_one();
    }

    async fn run(&self, settings: Settings, messages: usize) -> Figures {
        let (stop, stopped) = oneshot::channel::<()>();
        let pipeline = Pipeline::start(Arc::new(self.clone()), Arc::new(Store(self.clone())), settings);
        let running = tokio::spawn(pipeline.until(async { drop(stopped.await) }));
        while self.0.deleted.load(Relaxed) < messages as u64 {
            self.0.ended.notified().await;
        }
        let took = self.0.began.elapsed();
        let (receives, deletes) = (self.0.receives.load(Relaxed), self.0.deletes.load(Relaxed));
        drop(stop);
        running.await.expect("the pipeline does not panic").expect("no stage panics");
        let mut lags = std::mem::take(&mut *locked(&self.0.lags));
        lags.sort_unstable();
        Figures { took, messages, receives, deletes, lags }
    }

    /// Half of the way.
    async fn travel(&self) {
        sleep(self.0.distance.queue / 2).await;
    }

    fn take(&self, most: usize) -> Vec<Received> {
        let mut waiting = locked(&self.0.waiting);
        let most = most.min(waiting.len());
        let taken = waiting.drain(..most);
        taken
            .map(|message| Received { receipt: Receipt::from(message.message_id.as_str()), message })
            .collect()
    }
}

impl Queue for Far {
    async fn receive(&self, most: usize) -> Result<Vec<Received>, ServiceError> {
        self.0.receives.fetch_add(1, Relaxed);
        self.travel().await;
        let end = Instant::now() + self.0.wait;
        let received = loop {
            let received = self.take(most.min(MAX_BATCH));
            if !received.is_empty() || timeout_at(end, self.0.news.notified()).await.is_err() {
                break received;
            }
        };
        self.travel().await;
        Ok(received)
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<EntryResult>, ServiceError> {
        self.0.deletes.fetch_add(1, Relaxed);
        self.travel().await;
        self.0.deleted.fetch_add(receipts.len() as u64, Relaxed);
        self.0.ended.notify_one();
        self.travel().await;
        Ok(vec![EntryResult::Ok; receipts.len()])
    }

    async fn change_visibility(
        &self,
        receipts: &[(Receipt, Duration)],
    ) -> Result<Vec<EntryResult>, ServiceError> {
        self.travel().await;
        self.travel().await;
        Ok(vec![EntryResult::Ok; receipts.len()])
    }

    async fn dead_letter(&self, _: &Message, _: &Rejection) -> Result<Moved, ServiceError> {
        Ok(Moved::Sent)
    }

    fn max_receive_count(&self) -> Option<u32> {
        None
    }
}

/// A database that takes every batch in one round trip.
#[derive(Debug)]
struct Store(Far);

impl Handler for Store {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let Inner { distance, began, lags, .. } = &*self.0.0;
        sleep(distance.database).await;
        let now = SystemTime::UNIX_EPOCH + began.elapsed();
        let sent = batch.iter().filter_map(|delivery| delivery.message.sent_at);
        locked(lags).extend(sent.map(|sent| now.duration_since(sent).unwrap_or_default()));
        batch.iter().map(|_| Verdict::Done).collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
