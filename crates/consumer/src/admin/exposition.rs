//! A run in Prometheus's text format.

use std::time::{SystemTime, UNIX_EPOCH};

use super::family::Families;
use crate::metrics::names as name;
use crate::metrics::{Usage, as_f64};
use crate::monitor::{Monitor, QueueDepth};
use crate::start::Start;

const SYSTEM: &str = "aws_sqs";
/// Durations are measured in microseconds.
const MICROS: f64 = 1e6;

/// All metrics. Asks the queue for its depth, unless the last answer is younger than ten seconds.
pub(super) async fn text(monitor: &Monitor) -> prometheus::Result<String> {
    let depth = monitor.depth().await;
    let mut families = Families::default();
    messaging(&mut families, monitor);
    messages(&mut families, monitor);
    sizes(&mut families, monitor);
    requests(&mut families, monitor);
    state(&mut families, monitor);
    connections(&mut families, monitor);
    if let Some(depth) = depth {
        queue(&mut families, &depth);
    }
    families.value(&name::STARTING, 0.0);
    process(&mut families, monitor.began());
    families.text()
}

/// What there is before a run.
pub(super) fn of_start(start: &Start) -> prometheus::Result<String> {
    let mut families = Families::default();
    families.value(&name::STARTING, 1.0);
    families.value(&name::LIVE, 1.0);
    process(&mut families, start.began().0);
    families.text()
}

/// Under OpenTelemetry's names.
fn messaging(families: &mut Families, monitor: &Monitor) {
    let view = &monitor.view;
    let letters = view.dead_letter_queue.as_deref().unwrap_or_default();
    let to = |operation| if operation == "send" { letters } else { &view.queue };
    let calls = view.meters.calls().filter(|calls| calls.took.count() > 0);
    let calls = calls.map(|calls| {
        let labels = [SYSTEM, calls.operation, to(calls.operation), calls.error.unwrap_or_default()];
        (labels, calls.took)
    });
    families.histograms(&name::OPERATION_DURATION, MICROS, calls);
    let batches = [("", &view.meters.handled), ("away", &view.meters.unhandled)];
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
    families.count(&name::DELETED, stats.deleted.get());
    families.count(&name::RELEASED, stats.released.get());
    let letters = monitor.dead_letters();
    families.values(&name::DEAD_LETTERED, letters.iter().map(|(reason, count)| ([*reason], as_f64(*count))));
    let retried = monitor.retried();
    families.values(&name::RETRIED, retried.iter().map(|(class, count)| ([*class], as_f64(*count))));
    families.count(&name::EXTENDED, stats.extended.get());
    families.count(&name::LOST, stats.lost.get());
}

/// How much there is of everything, and how large it was.
fn sizes(families: &mut Families, monitor: &Monitor) {
    let (view, in_flight) = (&monitor.view, monitor.view.in_flight());
    families.count(&name::IN_FLIGHT, in_flight.messages as u64);
    families.count(&name::IN_FLIGHT_LIMIT, in_flight.limit as u64);
    families.count(&name::IN_FLIGHT_BYTES, in_flight.bytes as u64);
    families.count(&name::CHANNEL_DEPTH, in_flight.waiting as u64);
    families.histograms(&name::LAG, MICROS, [([], view.meters.lag.snapshot())]);
    families.histograms(&name::BATCH_MESSAGES, 1.0, [([], view.meters.batches.snapshot())]);
    let inserts = (view.backend)().map(|backend| ([], backend.inserts));
    families.histograms(&name::INSERT_DURATION, MICROS, inserts);
    let answers = view.meters.answers.snapshot();
    let empty = answers.cumulative().next().map_or(0, |(_, count)| count);
    families.histograms(&name::RECEIVE_MESSAGES, 1.0, [([], answers)]);
    families.count(&name::EMPTY_RECEIVES, empty);
}

fn requests(families: &mut Families, monitor: &Monitor) {
    let view = &monitor.view;
    let requests = view.meters.requests(&view.stats);
    families.values(&name::REQUESTS, requests.map(|(operation, count)| ([operation], as_f64(count))));
    if let Some(each) = view.cost().requests_per_message {
        families.value(&name::REQUESTS_PER_MESSAGE, each);
    }
}

/// How it goes.
fn state(families: &mut Families, monitor: &Monitor) {
    let (view, polling) = (&monitor.view, &monitor.view.meters.polling);
    let is = |so: bool| f64::from(u8::from(so));
    families.count(&name::POLLS_OPEN, polling.open() as u64);
    families.count(&name::POLLS_LIMIT, view.settings.receivers as u64);
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
