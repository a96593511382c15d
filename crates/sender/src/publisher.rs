//! Sends what the source makes, many calls at a time, until all is answered or a stop is asked for.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use shared::error::{Cause, ErrorKind, ServiceError};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::batch::{Answer, Batch};
use crate::in_flight::{Answered, InFlight};
use crate::outage::Outage;
use crate::output::Output;
use crate::report::{Fatal, Report};
use crate::send_port::SendPort;
use crate::source::Source;

/// Calls that may be open at a time: a slow answer does not hold up the pace.
const SLOTS: usize = 16;
/// How long answers are awaited after a stop.
const GRACE: Duration = Duration::from_secs(10);

/// Source, queue and output, brought together.
#[derive(Debug)]
pub struct Publisher<O, W: Write> {
    outlet: Arc<O>,
    source: Source,
    output: Output<W>,
    stop: CancellationToken,
    flights: JoinSet<Answered>,
    outage: Outage,
    report: Report,
    /// Calls that may be open at a time.
    slots: usize,
}

impl<O: SendPort, W: Write> Publisher<O, W> {
    /// A publisher that has not begun.
    pub fn new(outlet: O, source: Source, output: Output<W>, stop: CancellationToken) -> Self {
        let (flights, outage, report) = (JoinSet::new(), Outage::default(), Report::default());
        Self { outlet: Arc::new(outlet), source, output, stop, flights, outage, report, slots: SLOTS }
    }

    /// As a FIFO queue wants it: what failed of a call is sent again before anything else.
    #[must_use]
    pub fn one_call_at_a_time(self) -> Self {
        Self { slots: 1, ..self }
    }

    /// Runs until all messages are settled, or, after a stop, for the grace at most.
    pub async fn run(mut self) -> Report {
        let start = Instant::now();
        self.publish().await;
        // When it runs out, what is still in the air stays counted as open.
        timeout(GRACE, self.drain()).await.ok();
        self.output.close();
        Report { elapsed: start.elapsed(), ..self.report }
    }

    async fn publish(&mut self) {
        while !self.is_done() {
            self.launch_due();
            let is_waiting = self.has_slot() && !self.source.is_exhausted();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return,
                Some(landed) = self.flights.join_next() => self.land(landed),
                () = sleep_until(self.source.next()), if is_waiting => {}
            }
        }
    }

    async fn drain(&mut self) {
        while let Some(landed) = self.flights.join_next().await {
            self.land(landed);
        }
    }

    fn is_done(&self) -> bool {
        self.source.is_exhausted() && self.flights.is_empty()
    }

    fn has_slot(&self) -> bool {
        self.flights.len() < self.slots
    }

    fn launch_due(&mut self) {
        while self.has_slot() {
            let batch = self.source.take(Instant::now());
            if batch.is_empty() {
                return;
            }
            self.report.open += batch.len();
            self.launch(InFlight { batch, failures: 0 });
        }
    }

    fn launch(&mut self, flight: InFlight) {
        self.flights.spawn(flight.fly(Arc::clone(&self.outlet), self.stop.clone()));
    }

    fn land(&mut self, landed: Result<Answered, JoinError>) {
        match landed {
            Ok(Answered { flight, last, answer: Ok(answer) }) => self.settle(flight, last, &answer),
            Ok(Answered { flight, last, answer: Err(fault) }) if passes(&fault) => {
                self.repeat(flight, last, &format!("{fault}; {}", fault.remedy()));
            }
            Ok(Answered { flight, answer: Err(fault), .. }) => self.give_up(&flight.batch, fault),
            // Its messages stay open: nobody knows what became of them.
            Err(_panicked) => self.stop.cancel(),
        }
    }

    fn settle(&mut self, flight: InFlight, last: bool, answer: &Answer) {
        let outcome = flight.batch.reconcile(answer);
        self.confirm(&outcome.confirmed);
        self.refuse(&outcome.refused);
        if outcome.again.is_empty() {
            return self.welcome_back();
        }
        let reason = format!("SendMessageBatch: {} not taken ({})", outcome.again.len(), answer.reason());
        self.repeat(InFlight { batch: outcome.again, failures: flight.failures }, last, &reason);
    }

    fn confirm(&mut self, numbers: &[u64]) {
        self.report.open -= numbers.len() as u64;
        self.report.confirmed += numbers.len() as u64;
        if let Err(error) = self.output.confirm(numbers) {
            self.end_output(error);
        }
    }

    /// A reader that left, such as `head`, has seen enough: that is no failure.
    fn end_output(&mut self, error: io::Error) {
        self.stop.cancel();
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.report.fatal.get_or_insert(Fatal::Output(error));
        }
    }

    fn refuse(&mut self, refused: &[(u64, String)]) {
        self.report.open -= refused.len() as u64;
        self.report.refused += refused.len() as u64;
        for (number, reason) in refused {
            self.output.aside(|| tracing::error!("SQS refused message {number}: {reason}"));
        }
    }

    fn repeat(&mut self, flight: InFlight, last: bool, reason: &dyn Display) {
        if self.outage.failed(Instant::now()) {
            self.output.aside(|| tracing::warn!("SQS takes nothing, or not all: {reason}"));
        }
        if last {
            self.report.open -= flight.batch.len();
            self.report.unconfirmed += flight.batch.len();
        } else {
            self.launch(InFlight { failures: flight.failures + 1, ..flight });
        }
    }

    fn give_up(&mut self, batch: &Batch, fault: ServiceError) {
        self.report.open -= batch.len();
        self.report.unconfirmed += batch.len();
        self.report.fatal.get_or_insert(Fatal::new(self.outlet.name(), fault));
        self.stop.cancel();
    }

    fn welcome_back(&mut self) {
        if let Some(away) = self.outage.ended(Instant::now()) {
            self.output
                .aside(|| tracing::info!("SQS takes everything again after {:.1} s", away.as_secs_f64()));
        }
    }
}

/// Whether the same call may succeed later: also when credentials that expired were renewed.
fn passes(fault: &ServiceError) -> bool {
    fault.kind == ErrorKind::Unavailable || fault.cause == Cause::Expired
}

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
