//! All lanes: lets deliveries begin as those before them leave, and gives back what may not.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::key::LaneOf;
use super::lane::{Lane, Wish};
use crate::batch::{Batch, BatchLimits};
use crate::delivery::{Delivery, Settlement};
use crate::handler::Sequence;
use crate::lease::place::{Left, Order, Place};
use crate::verdict::Rejection;
use crate::work::channel;

/// Between two looks at what is held: the queue may have handed it to somebody else.
const HELD: Duration = Duration::from_secs(1);

/// What is to be kept in which order.
pub(crate) struct Rules {
    pub(crate) lane_of: LaneOf,
    /// Whether what failed is waited for, with those behind it. Otherwise one at a time begins, and no
    /// more is promised.
    pub(crate) keeps_order: bool,
    pub(crate) sequence: Sequence,
    pub(crate) limits: BatchLimits,
}

/// The lanes of this process.
#[derive(Debug)]
pub(crate) struct Lanes {
    rules: Rules,
    state: Mutex<State>,
    waiting: AtomicUsize,
    /// A lane began to rest.
    pub(super) rests: Notify,
}

#[derive(Debug)]
struct State {
    lanes: HashMap<Arc<str>, Lane>,
    /// The first ones of their lanes, rejected, until somebody accepts that.
    held: Vec<(Delivery, Rejection)>,
    /// Nothing more is received, and what failed is given back.
    is_ending: bool,
    /// `None` once nothing can begin any more.
    workers: Option<channel::Sender>,
    /// `None` once nothing can be given back any more.
    returns: Option<mpsc::UnboundedSender<Vec<Settlement>>>,
}

/// What is to be done once the lanes are not locked: it may lead back to them.
#[derive(Debug, Default)]
struct Todo {
    /// What belongs to no lane.
    free: Batch,
    /// How many have come to wait.
    came: usize,
    begin: Vec<Batch>,
    give_back: Vec<Settlement>,
}

impl Lanes {
    /// No lanes yet. What may begin goes to `workers`, what is given back to the returned end.
    pub(crate) fn new(
        rules: Rules,
        workers: channel::Sender,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Vec<Settlement>>) {
        let (returns, returned) = mpsc::unbounded_channel();
        let (workers, returns) = (Some(workers), Some(returns));
        let state = State { lanes: HashMap::new(), held: Vec::new(), is_ending: false, workers, returns };
        (
            Arc::new(Self {
                rules,
                state: Mutex::new(state),
                waiting: AtomicUsize::new(0),
                rests: Notify::new(),
            }),
            returned,
        )
    }

    /// Takes what one answer of the queue brought, in its order.
    pub(crate) fn admit(self: &Arc<Self>, deliveries: impl Iterator<Item = Delivery>) {
        self.change(|state, todo| {
            todo.free.reserve_exact(deliveries.size_hint().1.unwrap_or_default());
            let mut arrived = Vec::new();
            for delivery in deliveries {
                match (self.rules.lane_of)(&delivery.message).map(Arc::<str>::from) {
                    None => todo.free.push(delivery),
                    Some(key) => {
                        state.lanes.entry(key.clone()).or_default().arrive(delivery);
                        arrived.push(key);
                        todo.came += 1;
                    }
                }
            }
            for key in &arrived {
                self.advance(state, key, todo);
            }
        });
    }

    /// Takes back, to the place that it has, a delivery which waits for others, or is tried again
    /// after a `rest`.
    pub(crate) fn take_back(self: &Arc<Self>, mut delivery: Delivery, rest: Option<Duration>) {
        let place = delivery.lease.place.take().expect("only what has a place is taken back");
        let (key, place) = place.give_up();
        let rest = rest.map(|rest| rest.min(delivery.lease.max_delay()));
        self.change(|state, todo| {
            if let Some(lane) = state.lanes.get_mut(&key) {
                lane.come_back(place, delivery, rest);
                todo.came += 1;
            }
            self.advance(state, &key, todo);
        });
        self.rests.notify_one();
    }

    /// Gives back what belongs to no lane.
    pub(crate) fn give_back(&self, settlements: Vec<Settlement>) {
        let returns = self.state().returns.clone();
        returns.map(|returns| returns.send(settlements));
    }

    /// Holds the first one of a lane, which was rejected, and with it the lane.
    pub(crate) fn hold(&self, delivery: Delivery, rejection: Rejection) {
        let mut state = self.state();
        state.held.push((delivery, rejection));
        let has_to_end = state.is_ending;
        drop(state);
        if has_to_end {
            self.release_held(|_| true);
        }
        self.rests.notify_one();
    }

    /// Lets those be set aside that are held because they were rejected. Returns how many.
    pub(crate) fn accept_rejects(&self) -> usize {
        let held = std::mem::take(&mut self.state().held);
        let count = held.len();
        if count > 0 {
            self.give_back(held.into_iter().map(|(delivery, why)| delivery.reject(why)).collect());
        }
        count
    }

    /// How many lanes stand still because their first one was rejected.
    pub(crate) fn held(&self) -> usize {
        self.state().held.len()
    }

    fn release_held(&self, which: impl Fn(&Delivery) -> bool) {
        let released: Vec<_> = self.state().held.extract_if(.., |(delivery, _)| which(delivery)).collect();
        if !released.is_empty() {
            let release = |(delivery, _): (Delivery, _)| delivery.release(Duration::ZERO);
            self.give_back(released.into_iter().map(release).collect());
        }
    }

    /// Nothing more is received: what failed is given back, with those behind it, and once the lanes are
    /// empty, workers need not wait for more. Sooner, open polls would bring what was given back.
    pub(crate) fn end(self: &Arc<Self>) {
        self.change(|state, todo| {
            state.is_ending = true;
            let keys: Vec<_> = state.lanes.keys().cloned().collect();
            for key in &keys {
                self.advance(state, key, todo);
            }
        });
        self.release_held(|_| true);
    }

    /// Gives back all that waits. Nothing begins, and nothing is given back after this.
    pub(crate) fn give_up(self: &Arc<Self>) {
        self.release_held(|_| true);
        self.change(|state, todo| {
            state.workers = None;
            let now = Instant::now();
            todo.give_back.extend(state.lanes.values_mut().flat_map(|lane| released(lane, now)));
        });
        self.state().returns = None;
    }

    /// Lets begin, or gives back, what has waited for its time. `crowded`: what rests longest is given
    /// back, as others need its room. Returns when to look again.
    pub(crate) fn look(self: &Arc<Self>, crowded: bool) -> Option<Instant> {
        let now = Instant::now();
        self.change(|state, todo| {
            let rests = state.lanes.iter().filter_map(|(key, lane)| Some((lane.due()?, key.clone())));
            let (due, resting): (Vec<_>, Vec<_>) = rests.partition(|(until, _)| *until <= now);
            if let Some((_, key)) = resting.into_iter().max().filter(|_| crowded)
                && let Some(lane) = state.lanes.get_mut(&key)
            {
                todo.give_back.extend(released(lane, now));
                self.advance(state, &key, todo);
            }
            for (_, key) in &due {
                self.advance(state, key, todo);
            }
        });
        self.release_held(|delivery| delivery.lease.is_over(now));
        let state = self.state();
        let held = (!state.held.is_empty()).then_some(now + HELD);
        state.lanes.values().filter_map(Lane::due).chain(held).min()
    }

    /// How many deliveries wait for others.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Changes the lanes, and does what follows from that once they are not locked.
    fn change(&self, change: impl FnOnce(&mut State, &mut Todo)) {
        let (mut state, mut todo) = (self.state(), Todo::default());
        change(&mut state, &mut todo);
        let (workers, returns) = (state.workers.clone(), state.returns.clone());
        state.close_if_over();
        self.count(&todo);
        drop(state);
        if let Some(workers) = workers {
            workers.send(todo.free);
            workers.send_runs(todo.begin);
        }
        if let Some(returns) = returns.filter(|_| !todo.give_back.is_empty()) {
            returns.send(todo.give_back).ok();
        }
    }

    /// Does for a lane what it wants.
    fn advance(self: &Arc<Self>, state: &mut State, key: &Arc<str>, todo: &mut Todo) {
        let now = Instant::now();
        let gives_up = state.workers.is_none();
        let is_ending = state.is_ending;
        let most = (self.rules.sequence == Sequence::InBatches).then_some(self.rules.limits);
        let Some(lane) = state.lanes.get_mut(key) else { return };
        if gives_up || is_ending && lane.due().is_some() {
            todo.give_back.extend(released(lane, now));
        }
        match lane.wish(now, most) {
            Wish::Nothing => {}
            Wish::Begin(deliveries) => todo.begin.push(self.placed(key, deliveries)),
            Wish::GiveBack => {
                todo.give_back.extend(released(lane, now));
                state.lanes.remove(key);
            }
            Wish::Removal => drop(state.lanes.remove(key)),
        }
    }

    fn placed(self: &Arc<Self>, key: &Arc<str>, deliveries: Vec<(u64, Delivery)>) -> Batch {
        let place = |number| Box::new(Place::new(self.clone(), key.clone(), number, self.rules.keeps_order));
        let placed = |(number, mut delivery): (u64, Delivery)| {
            delivery.lease.place = Some(place(number));
            delivery
        };
        deliveries.into_iter().map(placed).collect()
    }

    fn count(&self, todo: &Todo) {
        let left = todo.give_back.len() + todo.begin.iter().map(Vec::len).sum::<usize>();
        self.waiting.fetch_add(todo.came, Ordering::Relaxed);
        self.waiting.fetch_sub(left, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while holding the lanes")
    }
}

impl Order for Lanes {
    fn left(self: Arc<Self>, key: &Arc<str>, how: Left) {
        self.change(|state, todo| {
            if let Some(lane) = state.lanes.get_mut(key) {
                lane.leave();
                if how == Left::Gone && self.rules.keeps_order {
                    todo.give_back.extend(released(lane, Instant::now()));
                }
            }
            self.advance(state, key, todo);
        });
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("keeps_order", &self.keeps_order).finish_non_exhaustive()
    }
}

impl State {
    /// Where nothing can begin any more, workers are not kept waiting.
    fn close_if_over(&mut self) {
        if self.is_ending && self.lanes.is_empty() {
            self.workers = None;
        }
    }
}

/// Gives back what waits in a lane: the first one, and in their order those behind it, none of which
/// gets visible before it.
fn released(lane: &mut Lane, now: Instant) -> impl Iterator<Item = Settlement> + use<> {
    let (rest, deliveries) = lane.empty(now);
    deliveries.into_iter().map(move |delivery| delivery.release(rest))
}
