//! A queue and a store, and what was sent.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use acquit_engine::batch::BatchLimits;
use acquit_engine::handler::Handler;
use acquit_engine::job::Meta;
use acquit_engine::pipeline::Report;
use acquit_engine::settings::{OnReject, Settings};
use acquit_engine::testing::checker::{Checker, Sent};
use acquit_engine::testing::run::{Run, STUCK};
use shared::message::{DedupId, Message};
use tokio::time::{Instant, sleep, timeout};

use crate::fake::{FakeQueue, FakeStore};

/// Everything outside of the pipeline.
pub(crate) struct Harness {
    pub(crate) queue: FakeQueue,
    pub(crate) store: FakeStore,
    settings: Settings,
    sent: RefCell<Vec<Sent>>,
    groups: Cell<Option<usize>>,
}

impl Harness {
    /// With the settings that most tests want.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With other settings.
    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            receivers: 4,
            workers: 2,
            max_in_flight: 100,
            max_in_flight_per_group: None,
            fifo_on_reject: OnReject::GoOn,
            max_bytes: 32 << 20,
            batch: BatchLimits { rows: 50, bytes: 1 << 20 },
            visibility_timeout: Duration::from_secs(30),
            wait_time: Duration::from_secs(20),
            poll_linger: Duration::ZERO,
            reject_limit: 20,
            handler_timeout: Duration::from_mins(5),
            shutdown_grace: Duration::from_secs(25),
            show_bodies: false,
        };
        change(&mut settings);
        let store = FakeStore::new();
        let queue = FakeQueue::new(&settings, Arc::new(store.clone()));
        queue.give_up_after(Some(5));
        Self { queue, store, settings, sent: RefCell::default(), groups: Cell::default() }
    }

    /// With a FIFO queue of so many groups, to which messages go in turn.
    pub(crate) fn in_order(groups: usize, change: impl FnOnce(&mut Settings)) -> Self {
        let harness = Self::with(change);
        harness.queue.keep_order();
        harness.groups.set(Some(groups));
        harness
    }

    /// From now on messages go to so many groups in turn.
    pub(crate) fn set_groups(&self, groups: usize) {
        self.groups.set(Some(groups));
    }

    /// From now on messages of a FIFO queue go to ten times as many groups.
    pub(crate) fn more_groups(&self) {
        self.groups.set(self.groups.get().map(|groups| groups * 10));
    }

    /// Sends healthy messages.
    pub(crate) fn send(&self, count: usize) -> Vec<DedupId> {
        (0..count).map(|_| self.send_body("hello")).collect()
    }

    /// Sends healthy messages of a little more than 1 MiB each.
    pub(crate) fn send_large(&self, count: usize) {
        let body = "x".repeat(1 << 20);
        for _ in 0..count {
            self.send_body(&body);
        }
    }

    /// Sends a message under a new id, with its number at the end.
    pub(crate) fn send_body(&self, body: &str) -> DedupId {
        let number = self.sent.borrow().len();
        self.send_as(DedupId::of(&format!("m-{number}")), format!("{body} {number}"))
    }

    /// Sends a message under any id; its `MessageId` is new.
    pub(crate) fn send_as(&self, id: DedupId, body: String) -> DedupId {
        let mut sent = self.sent.borrow_mut();
        sent.push(Sent { id, body: body.clone() });
        let message_id = format!("message-{}", sent.len());
        let (attributes, sent_at, trace_header) = (Vec::new(), None, None);
        let group = self.groups.get().map(|groups| format!("group {}", (sent.len() - 1) % groups));
        let receive_count = 0;
        self.queue.send(Message {
            id,
            message_id,
            body,
            sent_at,
            receive_count,
            attributes,
            group,
            trace_header,
        });
        id
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.borrow().clone()
    }

    /// Starts a pipeline.
    pub(crate) fn start(&self) -> Run {
        self.start_with(self.store.clone())
    }

    /// Starts a pipeline with another handler than the store.
    pub(crate) fn start_with(&self, handler: impl Handler) -> Run {
        Run::start(self.queue.clone(), handler, self.settings)
    }

    /// Starts a pipeline that works on one message of each key at a time.
    pub(crate) fn start_by(
        &self,
        handler: impl Handler,
        key: impl Fn(&Meta, &str) -> String + Send + Sync + 'static,
    ) -> Run {
        Run::start_by(Some(Arc::new(key)), self.queue.clone(), handler, self.settings)
    }

    /// Waits until it is so. Looks every millisecond at first, and more rarely as time passes.
    pub(crate) async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        let wait = async {
            while !so(self) {
                sleep((began.elapsed() / 2_000).max(Duration::from_millis(1))).await;
            }
        };
        timeout(STUCK, wait).await.unwrap_or_else(|_| panic!("stuck until {what}"));
    }

    /// Waits until nothing is left in the queue, stops, and checks everything.
    pub(crate) async fn finish(&self, run: Run) -> Report {
        self.until("the queue is empty", |harness| harness.queue.is_empty()).await;
        let report = run.stop().await;
        assert_eq!(report.left, 0, "something was left behind");
        self.check();
        report
    }

    /// Stops and checks everything. Returns how long the end took as well.
    pub(crate) async fn stop(&self, run: Run) -> (Report, Duration) {
        let began = Instant::now();
        let report = run.stop().await;
        let took = began.elapsed();
        assert!(took <= self.settings.shutdown_grace + Duration::from_millis(10), "the end took {took:?}");
        self.check();
        (report, took)
    }

    /// How many messages anybody could receive now.
    pub(crate) fn visible(&self) -> usize {
        self.queue.messages().into_iter().filter(|(_, at)| *at <= Instant::now()).count()
    }

    /// Nothing is lost, doubled or unexpected, nothing was deleted early, no poll was dropped, and
    /// nothing went to the dead-letter queue without a reason.
    pub(crate) fn check(&self) {
        Checker::new(&self.sent.borrow(), &self.store.effects(), &self.queue).assert_clean();
        assert!(self.store.out_of_order().is_empty(), "out of order: {:?}", self.store.order());
        assert_eq!(self.queue.dropped_polls(), 0, "an open poll was dropped");
        let silent: Vec<_> = self.queue.dead_letters().into_iter().filter(|l| l.reason.is_none()).collect();
        assert!(silent.is_empty(), "moved by SQS itself: {silent:?}");
    }
}
