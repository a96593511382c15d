//! What statements take.

use engine::handler::{Backend, Connections};
use engine::histogram::{CALL, Histogram};
use engine::stats::Counter;
use tokio::time::Instant;

/// Counted since the start.
#[derive(Debug)]
pub(crate) struct Meter {
    inserts: Histogram,
    /// Rows whose statement was repeated, because others were in the way.
    pub(crate) contended: Counter,
}

impl Default for Meter {
    fn default() -> Self {
        Self { inserts: Histogram::new(CALL), contended: Counter::default() }
    }
}

impl Meter {
    /// Counts how long `insert` took, however it ended.
    pub(crate) async fn time<T>(&self, insert: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let ended = insert.await;
        self.inserts.observe_time(began.elapsed());
        ended
    }

    /// What was counted, with `connections` as they are now and the `reasons` that may be given.
    pub(crate) fn backend(&self, connections: Connections, reasons: &'static [&'static str]) -> Backend {
        let (inserts, contended) = (self.inserts.snapshot(), self.contended.get());
        Backend { connections, inserts, contended, reasons }
    }
}
