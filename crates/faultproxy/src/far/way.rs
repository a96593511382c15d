//! Half of a round trip, to a tenth of a millisecond: Tokio's own clock counts whole ones.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

/// What is done at the other end.
type Arrival = Box<dyn FnOnce() + Send>;

/// All that travels takes the same time, so it arrives in the order in which it left. Its thread ends with
/// the last of its clones.
#[derive(Clone, Debug)]
pub(super) struct Way {
    takes: Duration,
    departures: mpsc::Sender<(Instant, Arrival)>,
}

impl Way {
    pub(super) fn new(takes: Duration) -> io::Result<Self> {
        let (departures, travelling) = mpsc::channel();
        thread::Builder::new().name("way".into()).spawn(move || arrive(travelling))?;
        Ok(Self { takes, departures })
    }

    /// Has `arrival` happen after the time that the way takes.
    pub(super) fn send(&self, arrival: impl FnOnce() + Send + 'static) {
        if self.takes.is_zero() {
            return arrival();
        }
        // The thread lives as long as this does.
        self.departures.send((Instant::now() + self.takes, Box::new(arrival))).ok();
    }

    /// Waits for as long as the way takes.
    pub(super) async fn travel(&self) {
        let (there, travelled) = oneshot::channel();
        self.send(move || {
            there.send(()).ok();
        });
        travelled.await.ok();
    }
}

fn arrive(travelling: mpsc::Receiver<(Instant, Arrival)>) {
    for (due, arrival) in travelling {
        if let Some(early) = due.checked_duration_since(Instant::now()) {
            thread::sleep(early);
        }
        arrival();
    }
}
