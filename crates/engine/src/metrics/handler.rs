//! A handler whose batches are measured.

use std::time::SystemTime;

use tokio::time::Instant;

use super::{Metered, Metrics};
use crate::delivery::Delivery;
use crate::handler::{Backend, Handler, Sequence};
use crate::verdict::{Unavailable, Verdict, Witness};

impl<H: Handler> Handler for Metered<H> {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let began = Instant::now();
        self.metrics.batches.observe(batch.len() as u64);
        let verdicts = self.inner.handle(batch).await;
        let away = verdicts.iter().all(|verdict| matches!(verdict, Verdict::Unavailable(_)));
        let took = if away { &self.metrics.unhandled } else { &self.metrics.handled };
        took.observe_time(began.elapsed());
        self.metrics.lags(batch, &verdicts);
        verdicts
    }

    fn sequence(&self) -> Sequence {
        self.inner.sequence()
    }

    async fn look(&self) -> Result<(), Unavailable> {
        self.inner.look().await
    }

    async fn witness(&self) -> Witness {
        self.inner.witness().await
    }

    async fn accept(&self) {
        self.inner.accept().await;
    }

    fn backend(&self) -> Option<Backend> {
        self.inner.backend()
    }
}

impl Metrics {
    /// First receives only: a message that comes again was late for another reason.
    fn lags(&self, batch: &[Delivery], verdicts: &[Verdict]) {
        let now = SystemTime::now();
        for (Delivery { message, .. }, verdict) in batch.iter().zip(verdicts) {
            if let Some(sent_at) = message.sent_at
                && message.receive_count == 1
                && *verdict == Verdict::Done
            {
                self.lag.observe_time(now.duration_since(sent_at).unwrap_or_default());
            }
        }
    }
}
