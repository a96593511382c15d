//! A run in numbers: every metric under its name, for whoever writes them out.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Monitor, QueueDepth, Startup};
use crate::histogram::{Snapshot, as_f64};
use crate::metrics::Usage;
use crate::metrics::names::{self as name, Name};

/// The value of `messaging_system`.
pub const SYSTEM: &str = "aws_sqs";
/// Durations are measured in microseconds: as many as make the second that names say.
pub const MICROS: f64 = 1e6;

/// The metrics of one name.
#[derive(Clone, Debug)]
pub struct Family {
    /// The name, its kind, and the names of the labels.
    pub name: Name,
    /// At least one.
    pub points: Vec<Point>,
}

/// One metric at one moment.
#[derive(Clone, Debug)]
pub struct Point {
    /// The labels' values, in the order of the name's labels; an empty one is as good as none.
    pub labels: Vec<String>,
    /// What was measured.
    pub value: Value,
}

/// What was measured.
#[derive(Clone, Debug)]
pub enum Value {
    /// Of a counter or a gauge.
    Number(f64),
    /// Of a histogram. Divided by `unit` its values are in what the name says.
    Histogram {
        /// How often which value came up.
        snapshot: Snapshot,
        /// How many of the snapshot's units make one of the name's.
        unit: f64,
    },
}

impl Monitor {
    /// All metrics. Asks the queue for its depth, unless the last answer is younger than ten seconds.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn families(&self) -> Vec<Family> {
        let depth = self.depth().await;
        let mut families = Families::default();
        messaging(&mut families, self);
        messages(&mut families, self);
        sizes(&mut families, self);
        requests(&mut families, self);
        state(&mut families, self);
        connections(&mut families, self);
        if let Some(depth) = depth {
            queue(&mut families, &depth);
        }
        families.value(&name::STARTING, 0.0);
        process(&mut families, self.began());
        families.gathered()
    }
}

impl Startup {
    /// What there is to measure before a run.
    pub fn families(&self) -> Vec<Family> {
        let mut families = Families::default();
        families.value(&name::STARTING, f64::from(u8::from(!self.is_over())));
        families.value(&name::LIVE, 1.0);
        process(&mut families, self.began().0);
        families.gathered()
    }
}

/// Gathers metrics, each under its name.
#[derive(Debug, Default)]
pub struct Families(Vec<Family>);

impl Families {
    /// One value without labels.
    pub fn value(&mut self, name: &Name, value: f64) {
        self.values(name, [([], value)]);
    }

    /// As [`value`](Self::value), of a number that is counted.
    pub fn count(&mut self, name: &Name, count: u64) {
        self.value(name, as_f64(count));
    }

    /// Values with the name's labels, in its order.
    pub fn values<'a, const N: usize>(
        &mut self,
        name: &Name,
        values: impl IntoIterator<Item = ([&'a str; N], f64)>,
    ) {
        self.add(name, values.into_iter().map(|(labels, value)| (labels, Value::Number(value))));
    }

    /// Histograms with the name's labels; the values are in `unit`s of what the name says.
    pub fn histograms<'a, const N: usize>(
        &mut self,
        name: &Name,
        unit: f64,
        histograms: impl IntoIterator<Item = ([&'a str; N], Snapshot)>,
    ) {
        let value = |snapshot| Value::Histogram { snapshot, unit };
        self.add(name, histograms.into_iter().map(|(labels, snapshot)| (labels, value(snapshot))));
    }

    /// A name that has no metrics is left out.
    fn add<'a, const N: usize>(&mut self, name: &Name, points: impl Iterator<Item = ([&'a str; N], Value)>) {
        let point =
            |(labels, value): ([&str; N], _)| Point { labels: labels.map(str::to_owned).into(), value };
        let points: Vec<_> = points.map(point).collect();
        if !points.is_empty() {
            self.0.push(Family { name: *name, points });
        }
    }

    /// What was gathered.
    pub fn gathered(self) -> Vec<Family> {
        self.0
    }
}

/// Under OpenTelemetry's names.
fn messaging(families: &mut Families, monitor: &Monitor) {
    let view = &monitor.view;
    let letters = view.dead_letter_queue.as_deref().unwrap_or_default();
    let to = |operation| if operation == "send" { letters } else { &view.queue };
    let calls = view.metrics.calls().filter(|calls| calls.took.count() > 0);
    let calls = calls.map(|calls| {
        let labels = [SYSTEM, calls.operation, to(calls.operation), calls.error.unwrap_or_default()];
        (labels, calls.took)
    });
    families.histograms(&name::OPERATION_DURATION, MICROS, calls);
    let batches = [("", &view.metrics.handled), ("away", &view.metrics.unhandled)];
    let batches =
        batches.map(|(error, took)| ([SYSTEM, "process", view.queue.as_str(), error], took.snapshot()));
    families.histograms(&name::PROCESS_DURATION, MICROS, batches);
    let received = as_f64(view.stats.received.get());
    families.values(&name::CONSUMED, [([SYSTEM, "receive", view.queue.as_str()], received)]);
    families.values(&name::SENT, [([SYSTEM, "send", letters], as_f64(view.stats.dead_lettered.get()))]);
}

/// What became of messages.
fn messages(families: &mut Families, monitor: &Monitor) {
    let stats = &monitor.view.stats;
    families.count(&name::RECEIVED, stats.received.get());
    families.count(&name::STORED, stats.stored.get());
    families.count(&name::DUPLICATES, stats.duplicates.get());
    families.count(&name::FILTERED, stats.filtered.get());
    families.count(&name::DELETED, stats.deleted.get());
    families.count(&name::RELEASED, stats.released.get());
    let letters = monitor.dead_letters();
    families
        .values(&name::DEAD_LETTERED, letters.iter().map(|(reason, count)| ([&**reason], as_f64(*count))));
    let retried = monitor.retried();
    families.values(&name::RETRIED, retried.iter().map(|(class, count)| ([&**class], as_f64(*count))));
    families.count(&name::EXTENDED, stats.extended.get());
    families.count(&name::LOST, stats.lost.get());
}

/// How much there is of everything, and how large it was.
fn sizes(families: &mut Families, monitor: &Monitor) {
    let (view, in_flight) = (&monitor.view, monitor.view.in_flight());
    families.count(&name::IN_FLIGHT, in_flight.messages as u64);
    families.count(&name::IN_FLIGHT_LIMIT, in_flight.limit as u64);
    let groups = view.groups.largest();
    families.values(
        &name::IN_FLIGHT_BY_GROUP,
        groups.iter().map(|(group, count)| ([&**group], as_f64(*count as u64))),
    );
    families.count(&name::IN_ORDER_WAITING, view.lanes.waiting() as u64);
    families.count(&name::SETTLING, in_flight.settling as u64);
    families.count(&name::GROUPS_HELD, view.lanes.held() as u64);
    families.count(&name::IN_FLIGHT_BYTES, in_flight.bytes as u64);
    families.count(&name::CHANNEL_DEPTH, in_flight.waiting as u64);
    families.histograms(&name::LAG, MICROS, [([], view.metrics.lag.snapshot())]);
    families.histograms(&name::BATCH_MESSAGES, 1.0, [([], view.metrics.batches.snapshot())]);
    let inserts = (view.backend)().map(|backend| ([], backend.inserts));
    families.histograms(&name::INSERT_DURATION, MICROS, inserts);
    let answers = view.metrics.answers.snapshot();
    let empty = answers.cumulative().next().map_or(0, |(_, count)| count);
    families.histograms(&name::RECEIVE_MESSAGES, 1.0, [([], answers)]);
    families.count(&name::EMPTY_RECEIVES, empty);
}

fn requests(families: &mut Families, monitor: &Monitor) {
    let view = &monitor.view;
    let requests = view.metrics.requests(&view.stats);
    families.values(&name::REQUESTS, requests.map(|(operation, count)| ([operation], as_f64(count))));
    if let Some(each) = view.cost().requests_per_message {
        families.value(&name::REQUESTS_PER_MESSAGE, each);
    }
}

/// How it goes.
fn state(families: &mut Families, monitor: &Monitor) {
    let (view, polling) = (&monitor.view, &monitor.view.metrics.polling);
    let is = |so: bool| f64::from(u8::from(so));
    families.count(&name::POLLS_OPEN, polling.open() as u64);
    families.count(&name::POLLS_LIMIT, view.settings.receivers as u64);
    families.count(&name::POLLS_WANTED, view.polls.wanted() as u64);
    families.value(&name::POLLS_FAILING, is(polling.fails().is_some()));
    families.value(&name::POLL_AGE, polling.silent_since().elapsed().as_secs_f64());
    families.value(&name::BREAKER_OPEN, is(view.gate.breaker.is_open().is_some()));
    families.count(&name::BREAKER_OPENED, view.gate.breaker.opened.get());
    families.value(&name::BREAKER_OPEN_SECONDS, view.gate.breaker.open_for().as_secs_f64());
    families.value(&name::SETTLEMENT_FAILING, is(!monitor.settlement().ok));
    families.count(&name::UNDELETED, view.leases.undeleted() as u64);
    families.value(&name::REJECTS_HELD, is(view.held_for_rejects().is_some()));
    families.value(&name::PAUSED, is(view.gate.pause.is_paused()));
    families.value(&name::DRAINING, is(view.stop.is_cancelled()));
    families.value(&name::LIVE, is(monitor.live().ok));
}

fn connections(families: &mut Families, monitor: &Monitor) {
    let Some(backend) = (monitor.view.backend)() else { return };
    let connections = backend.connections;
    families.count(&name::POOL_LIMIT, connections.limit as u64);
    families.count(&name::POOL_SIZE, connections.size as u64);
    families.count(&name::POOL_IN_USE, connections.in_use as u64);
    families.count(&name::POOL_WAITING, connections.waiting as u64);
}

fn queue(families: &mut Families, depth: &QueueDepth) {
    families.count(&name::QUEUE_WAITING, depth.waiting);
    families.count(&name::QUEUE_IN_FLIGHT, depth.in_flight);
    families.count(&name::QUEUE_DELAYED, depth.delayed);
    families.value(&name::QUEUE_OLDEST_AGE, depth.oldest);
    if let Some(backlog) = depth.backlog {
        families.value(&name::BACKLOG_SECONDS, backlog);
    }
}

fn process(families: &mut Families, began: SystemTime) {
    families.values(&name::BUILD_INFO, [([env!("CARGO_PKG_VERSION")], 1.0)]);
    let began = began.duration_since(UNIX_EPOCH).unwrap_or_default();
    families.value(&name::START_TIME, began.as_secs_f64());
    if let Some(usage) = Usage::read() {
        families.value(&name::CPU_SECONDS, usage.cpu.as_secs_f64());
        families.count(&name::RESIDENT_BYTES, usage.resident);
    }
}
