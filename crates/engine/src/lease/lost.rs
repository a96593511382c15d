//! Tells those who asked that a lease is lost: SQS refused to extend it, or it ran out.
//!
//! A token is made when somebody asks for it. Leases that nobody asks about cost nothing here.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::ledger::{Lease, Leases, State};

impl Lease {
    /// Is cancelled when another consumer may have the message.
    pub(crate) fn lost(&self) -> CancellationToken {
        self.leases.lost(self.key)
    }
}

impl Leases {
    fn lost(&self, key: u64) -> CancellationToken {
        let mut ledger = self.ledger();
        let Some(entry) = ledger.entries.get_mut(&key) else { return CancellationToken::new() };
        let (token, expires) = (entry.lost.get_or_insert_default().clone(), entry.expires);
        if entry.state == State::Lost {
            token.cancel();
        } else if ledger.next_check.is_none_or(|next| expires < next) {
            ledger.next_check = Some(expires);
            self.check_earlier.notify_one();
        }
        token
    }

    /// Cancels the tokens of leases that run out, until dropped.
    pub(crate) async fn watch(self: Arc<Self>) {
        loop {
            let next = self.cancel_expired(Instant::now());
            let wait = async {
                match next {
                    Some(next) => sleep_until(next).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {}
                () = self.check_earlier.notified() => {}
            }
        }
    }

    /// Returns when the next lease runs out that somebody asked about.
    fn cancel_expired(&self, now: Instant) -> Option<Instant> {
        let mut expired = Vec::new();
        let mut ledger = self.ledger();
        let mut next = None::<Instant>;
        for entry in ledger.entries.values() {
            match &entry.lost {
                Some(token) if token.is_cancelled() => {}
                Some(token) if entry.expires <= now => expired.push(token.clone()),
                Some(_) => next = Some(next.map_or(entry.expires, |next| next.min(entry.expires))),
                None => {}
            }
        }
        ledger.next_check = next;
        drop(ledger);
        // It wakes tasks, which must not find the ledger locked.
        expired.iter().for_each(CancellationToken::cancel);
        next
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{advance, sleep, timeout};

    use super::*;
    use crate::lease::capacity::Capacity;
    use crate::lease::ledger::Extension;

    const TIMEOUT: Duration = Duration::from_secs(30);

    async fn open(leases: &Arc<Leases>, receipt: &str) -> Lease {
        let slot = Capacity::new(1, usize::MAX).reserve(1).await;
        leases.open(receipt.into(), Instant::now(), slot)
    }

    /// Ends the extension that is due.
    fn extend(leases: &Arc<Leases>, extension: Extension) {
        let due = leases.due(Instant::now());
        assert!(!due.is_empty());
        for due in due {
            assert!(due.end(extension));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_cancelled_the_moment_its_lease_runs_out() {
        let leases = Leases::new(TIMEOUT, CancellationToken::new());
        tokio::spawn(leases.clone().watch());
        let (first, second) = (open(&leases, "1").await, open(&leases, "2").await);
        sleep(TIMEOUT / 3).await;
        let late = open(&leases, "3").await;
        let [first_lost, late_lost] = [&first, &late].map(Lease::lost);
        let asked = Instant::now();
        timeout(TIMEOUT, first_lost.cancelled()).await.unwrap();
        assert_eq!(asked.elapsed(), TIMEOUT * 2 / 3);
        assert!(!late_lost.is_cancelled());
        timeout(TIMEOUT, late_lost.cancelled()).await.unwrap();
        assert_eq!(asked.elapsed(), TIMEOUT);
        assert!(leases.ledger().entries.values().filter(|entry| entry.lost.is_some()).count() == 2);
        drop(second);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_of_a_lease_that_is_extended_is_not_cancelled() {
        let leases = Leases::new(TIMEOUT, CancellationToken::new());
        tokio::spawn(leases.clone().watch());
        let lease = open(&leases, "1").await;
        let lost = lease.lost();
        for _ in 0..10 {
            sleep(TIMEOUT * 2 / 3).await;
            extend(&leases, Extension::Granted(Instant::now()));
        }
        assert!(!lost.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_cancelled_where_an_extension_is_refused_also_one_that_is_asked_for_later() {
        let leases = Leases::new(TIMEOUT, CancellationToken::new());
        let lease = open(&leases, "1").await;
        let lost = lease.lost();
        advance(TIMEOUT / 2).await;
        extend(&leases, Extension::Unknown);
        assert!(!lost.is_cancelled());
        extend(&leases, Extension::Refused);
        assert!(lost.is_cancelled() && lease.lost().is_cancelled());
        lease.finish().await;
        assert!(lease.lost().is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_of_a_lease_that_is_closed_is_not_cancelled() {
        let leases = Leases::new(TIMEOUT, CancellationToken::new());
        tokio::spawn(leases.clone().watch());
        let lease = open(&leases, "1").await;
        let lost = lease.lost();
        drop(lease);
        sleep(TIMEOUT * 2).await;
        assert!(!lost.is_cancelled());
    }
}
