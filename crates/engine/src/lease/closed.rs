//! Tells those who asked how a lease was closed.
//!
//! Order by group needs it: the next message of a group may begin once the delete of the one before
//! was answered. Leases that nobody asks about cost nothing here.

use tokio::sync::watch;

use super::ledger::{Closed, Lease, Leases};

impl Lease {
    /// Waits until the lease is closed. Any number may wait, and none of them holds the lease open.
    ///
    /// # Cancel safety
    /// Safe.
    #[cfg_attr(not(test), expect(dead_code, reason = "order by group is to use it"))]
    pub(crate) fn closed(&self) -> impl Future<Output = Closed> + Send + use<> {
        let closed = self.leases.closed(self.key);
        async move {
            let Some(mut closed) = closed else { return Closed::Otherwise };
            let how = closed.wait_for(Option::is_some).await;
            how.ok().and_then(|how| *how).unwrap_or(Closed::Otherwise)
        }
    }
}

impl Leases {
    fn closed(&self, key: u64) -> Option<watch::Receiver<Option<Closed>>> {
        let mut ledger = self.ledger();
        let entry = ledger.entries.get_mut(&key)?;
        Some(entry.closed.get_or_insert_with(|| watch::Sender::new(None)).subscribe())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::lease::capacity::Capacity;

    async fn open(leases: &Arc<Leases>) -> Lease {
        let slot = Capacity::new(1, usize::MAX).reserve(1).await;
        leases.open("r".into(), Instant::now(), slot)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_learns_how_the_lease_was_closed() {
        let leases = Leases::new(Duration::from_secs(30), CancellationToken::new());
        let (mut deleted, dropped) = (open(&leases).await, open(&leases).await);
        let waits = [deleted.closed(), deleted.closed()];
        let other = tokio::spawn(dropped.closed());
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!other.is_finished(), "the lease is open");
        deleted.deleted();
        drop((deleted, dropped));
        for wait in waits {
            assert_eq!(wait.await, Closed::Deleted);
        }
        assert_eq!(other.await.unwrap(), Closed::Otherwise);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_kept_for_a_lease_that_nobody_asks_about() {
        let leases = Leases::new(Duration::from_secs(30), CancellationToken::new());
        let _lease = open(&leases).await;
        assert!(leases.ledger().entries.values().all(|entry| entry.closed.is_none() && entry.lost.is_none()));
    }
}
