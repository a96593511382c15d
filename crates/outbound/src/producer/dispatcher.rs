//! Takes what callers hand over, sends it, many calls at a time, and answers each caller.

use std::sync::Arc;

use shared::queue::is_fifo;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::answer::{Outcome, read};
use super::batch::{Next, Waiting};
use super::error::SendError;
use super::flight::{Flight, Landed};
use super::metrics::Metrics;
use super::order::Order;
use super::outage::{Notice, Outage};
use super::settings::Settings;
use super::submitted::Submitted;
use crate::port::SendPort;

/// So many calls go without waiting for company: whoever is alone, or nearly so, gains nothing by it.
const FREE_CALLS: usize = 2;

/// Between callers and calls.
#[derive(Debug)]
pub(super) struct Dispatcher<P> {
    port: Arc<P>,
    settings: Settings,
    intake: mpsc::Receiver<Vec<Submitted>>,
    waiting: Waiting,
    flights: JoinSet<Landed>,
    order: Order,
    outage: Outage,
    metrics: Arc<Metrics>,
    closing: CancellationToken,
    /// Whether more may come in.
    is_open: bool,
}

impl<P: SendPort> Dispatcher<P> {
    pub(super) fn new(
        port: P,
        settings: Settings,
        intake: mpsc::Receiver<Vec<Submitted>>,
        metrics: Arc<Metrics>,
        closing: CancellationToken,
    ) -> Self {
        let order = Order::new(is_fifo(port.url()));
        let (waiting, flights, outage) = (Waiting::default(), JoinSet::new(), Outage::default());
        let port = Arc::new(port);
        Self { port, settings, intake, waiting, flights, order, outage, metrics, closing, is_open: true }
    }

    /// Runs until nothing more can come in and all is answered for.
    pub(super) async fn run(mut self) {
        let mut came = Vec::new();
        while self.is_open || !self.waiting.is_empty() || !self.flights.is_empty() {
            self.launch_ready();
            let room = self.room();
            let due =
                self.waiting.due(self.settings.linger).filter(|due| self.has_call() && *due > Instant::now());
            tokio::select! {
                biased;
                Some(landed) = self.flights.join_next() => self.land(landed),
                () = self.closing.cancelled(), if self.is_open && !self.intake.is_closed() => self.intake.close(),
                count = self.intake.recv_many(&mut came, room), if self.is_open && room > 0 => {
                    self.is_open = count > 0;
                    self.waiting.add(came.drain(..).flatten());
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            }
        }
    }

    fn has_call(&self) -> bool {
        self.flights.len() < self.settings.calls.max(1)
    }

    /// How many more messages to take in.
    fn room(&self) -> usize {
        self.order.window().saturating_sub(self.waiting.len())
    }

    fn launch_ready(&mut self) {
        while self.has_call() {
            let next = self.waiting.next(&self.order);
            if next.is_empty() || !self.is_ready(&next) {
                return;
            }
            let batch = self.waiting.take(&next);
            self.order.begin(batch.iter().map(|submitted| &submitted.message));
            self.metrics.batch(batch.len());
            let mut flight = Flight::default();
            flight.extend(batch);
            self.launch(flight);
        }
    }

    /// Whether the call is not to wait any longer for company.
    fn is_ready(&self, next: &Next) -> bool {
        let due = self.waiting.due(self.settings.linger);
        self.flights.len() < FREE_CALLS
            || due.is_none_or(|due| due <= Instant::now())
            || !self.is_open
            || next.is_full
    }

    fn launch(&mut self, mut flight: Flight) {
        flight.claims.iter_mut().for_each(|claim| claim.is_under_way = true);
        self.flights.spawn(flight.fly(self.port.clone(), self.closing.clone()));
    }

    /// The claims of a call that panicked are dropped with it: nobody knows what became of the messages.
    fn land(&mut self, landed: Result<Landed, JoinError>) {
        let Ok(Landed { flight, is_last, took, answer }) = landed else { return };
        self.metrics.call(took, answer.as_ref().err());
        let Outcome { settled, again, suspects, reason } = read(flight, &answer);
        for (message, claim, result) in settled {
            self.order.end(&message);
            match result {
                Ok(()) => claim.confirm(),
                Err(error) => claim.fail(error),
            }
        }
        match reason {
            Some(reason) => self.repeat(again, is_last, &reason),
            None => self.welcome_back(),
        }
        self.suspect(suspects);
    }

    fn repeat(&mut self, flight: Flight, is_last: bool, reason: &str) {
        if self.outage.failed(Instant::now()) {
            (self.settings.notice)(&Notice::Failing(reason.to_owned()));
        }
        let mut again = Flight { failures: flight.failures, ..Flight::default() };
        for (message, claim) in flight.messages.into_iter().zip(flight.claims) {
            if is_last || claim.is_over() {
                self.order.end(&message);
                let may_be_there = claim.may_be_there;
                claim.fail(SendError::given_up(may_be_there, reason));
            } else {
                again.messages.push(message);
                again.claims.push(claim);
            }
        }
        if !again.is_empty() {
            self.launch(again);
        }
    }

    fn suspect(&mut self, suspects: Flight) {
        for message in &suspects.messages {
            self.order.end(message);
        }
        let since = Instant::now();
        let suspects = suspects.messages.into_iter().zip(suspects.claims);
        self.waiting.put_first(suspects.map(|(message, claim)| Submitted {
            message,
            claim,
            is_suspect: true,
            since,
        }));
    }

    fn welcome_back(&mut self) {
        if let Some(away) = self.outage.ended(Instant::now()) {
            (self.settings.notice)(&Notice::Back(away));
        }
    }
}
