//! A database in memory: idempotent by id as the real one is, and away, slow or wrong by script.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use acquit_engine::testing::checker::Sent;
use acquit_engine::testing::fake::Effects;
use shared::message::{DedupId, Message};
use tokio::sync::watch;
use tokio::time::Instant;

/// Copies are the same store.
#[derive(Clone, Debug)]
pub(crate) struct FakeStore(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    state: Mutex<State>,
    pub(super) held: watch::Sender<bool>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) rows: BTreeMap<DedupId, String>,
    pub(super) batches: Vec<Handled>,
    pub(super) failures: HashMap<DedupId, u32>,
    pub(super) looks: usize,
    pub(super) witnesses: usize,
    pub(super) away_until: Option<Instant>,
    /// The connection fails, whatever work does.
    pub(super) silent_until: Option<Instant>,
    /// All new rows are refused, as by a schema that does not fit.
    pub(super) broken_until: Option<Instant>,
    /// One more row is refused, and then none.
    pub(super) refuses_one: bool,
    /// The table is not what it was, and takes what it took all the same.
    pub(super) is_changed: bool,
    pub(super) takes: Duration,
    pub(super) answers_to_lose: usize,
    /// Of each group, the numbers in the order in which they took effect.
    pub(super) order: HashMap<String, Vec<usize>>,
}

impl Effects for FakeStore {
    fn took_effect(&self, message: &Message) -> bool {
        self.state().rows.get(&message.id).is_some_and(|body| *body == message.body)
    }
}

/// One batch that was handed over.
#[derive(Clone, Debug)]
pub(crate) struct Handled {
    pub(crate) at: Instant,
    pub(crate) ids: Vec<DedupId>,
    pub(crate) bytes: usize,
}

impl FakeStore {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner { state: Mutex::default(), held: watch::Sender::new(false) }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no test panics here")
    }

    pub(crate) fn rows(&self) -> BTreeMap<DedupId, String> {
        self.state().rows.clone()
    }

    /// What is stored, as the checker wants it.
    pub(crate) fn effects(&self) -> Vec<Sent> {
        self.rows().into_iter().map(|(id, body)| Sent { id, body }).collect()
    }

    /// Every batch that was handed over, successful or not.
    pub(crate) fn batches(&self) -> Vec<Handled> {
        self.state().batches.clone()
    }

    /// A job begins on a message. Waits while everything is held.
    pub(crate) async fn begin(&self, id: DedupId) {
        self.state().batches.push(Handled { at: Instant::now(), ids: vec![id], bytes: 0 });
        self.0.held.subscribe().wait_for(|held| !held).await.ok();
    }

    /// A job is done with a message.
    pub(crate) fn keep(&self, id: DedupId, body: &str) {
        self.state().rows.insert(id, body.to_owned());
    }

    /// Of each group, the numbers of its messages in the order in which they took effect.
    pub(crate) fn order(&self) -> HashMap<String, Vec<usize>> {
        self.state().order.clone()
    }

    /// What took effect after one that was sent behind it in its group.
    pub(crate) fn out_of_order(&self) -> Vec<usize> {
        let order = self.order();
        let pairs = order.values().flat_map(|numbers| numbers.windows(2));
        pairs.filter(|pair| pair[0] > pair[1]).map(|pair| pair[1]).collect()
    }

    pub(crate) fn looks(&self) -> usize {
        self.state().looks
    }

    pub(crate) fn witnesses(&self) -> usize {
        self.state().witnesses
    }

    /// From now on each batch takes this long.
    pub(crate) fn takes(&self, time: Duration) {
        self.state().takes = time;
    }

    /// Nothing works for this long.
    pub(crate) fn away_for(&self, time: Duration) {
        self.state().away_until = Some(Instant::now() + time);
    }

    /// Looks at the connection fail for this long.
    pub(crate) fn silent_for(&self, time: Duration) {
        self.state().silent_until = Some(Instant::now() + time);
    }

    /// Every new row is refused for this long, as if it were at fault.
    pub(crate) fn broken_for(&self, time: Duration) {
        self.state().broken_until = Some(Instant::now() + time);
    }

    /// The next row is refused as if it were at fault, and that is mended at once.
    pub(crate) fn mend_after_a_refusal(&self) {
        self.state().refuses_one = true;
    }

    /// The table is another one than it was.
    pub(crate) fn change(&self) {
        self.state().is_changed = true;
    }

    /// The next so many batches are stored, and nobody is told.
    pub(crate) fn lose_answers(&self, batches: usize) {
        self.state().answers_to_lose = batches;
    }

    /// Batches wait, until [`let_go`](Self::let_go).
    pub(crate) fn hold(&self) {
        self.0.held.send_replace(true);
    }

    pub(crate) fn let_go(&self) {
        self.0.held.send_replace(false);
    }

    /// All is well from now on.
    pub(crate) fn heal(&self) {
        let mut state = self.state();
        state.away_until = None;
        state.silent_until = None;
        state.broken_until = None;
        state.takes = Duration::ZERO;
        state.answers_to_lose = 0;
    }
}
