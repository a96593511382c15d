//! What the store makes of messages, as the first words of their bodies say.
//!
//! `foreign` is left out, `poison` is refused for good, `flaky N` fails N times, `strange` fails always, `takes MS` keeps
//! its batch that long, `bomb` anywhere panics. Everything else is stored.

use std::collections::HashSet;
use std::time::Duration;

use acquit_engine::delivery::Delivery;
use acquit_engine::handler::{Handler, Sequence};
use acquit_engine::verdict::{Rejection, Unavailable, Verdict, Witness};
use shared::message::Message;
use tokio::time::{Instant, sleep};

use super::store::State;
use super::{FakeStore, Handled};

impl Handler for FakeStore {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let takes = self.state().begin(batch);
        self.0.held.subscribe().wait_for(|held| !held).await.ok();
        if !takes.is_zero() {
            sleep(takes).await;
        }
        let bomb = batch.iter().any(|delivery| delivery.message.body.contains("bomb"));
        assert!(!bomb, "as the test wanted");
        self.state().end(batch)
    }

    fn sequence(&self) -> Sequence {
        Sequence::InBatches
    }

    /// Says nothing of whether work works, as with a real database.
    async fn look(&self) -> Result<(), Unavailable> {
        let silent_until = self.state().look();
        if is_before(silent_until) {
            sleep(Duration::from_secs(2)).await;
            return Err(Unavailable::passing("silent"));
        }
        Ok(())
    }

    async fn witness(&self) -> Witness {
        let mut state = self.state();
        state.witnesses += 1;
        match () {
            () if is_before(state.away_until) => Witness::Refused(Unavailable::passing("away")),
            () if state.rows.is_empty() => Witness::Absent,
            () if is_before(state.broken_until) => Witness::Refused(Unavailable::permanent("broken")),
            () if state.is_changed => Witness::Refused(Unavailable::permanent("changed")),
            () => Witness::Taken,
        }
    }

    async fn accept(&self) {
        self.state().is_changed = false;
    }
}

fn is_before(end: Option<Instant>) -> bool {
    end.is_some_and(|end| Instant::now() < end)
}

impl State {
    fn look(&mut self) -> Option<Instant> {
        self.looks += 1;
        self.silent_until
    }

    /// Returns how long it will take.
    fn begin(&mut self, batch: &[Delivery]) -> Duration {
        let bodies = || batch.iter().map(|delivery| &delivery.message.body);
        let ids = batch.iter().map(|delivery| delivery.message.id).collect();
        self.batches.push(Handled { at: Instant::now(), ids, bytes: bodies().map(String::len).sum() });
        bodies().filter_map(|body| takes(body)).fold(self.takes, Duration::max)
    }

    /// While it is away nothing is stored.
    fn end(&mut self, batch: &[Delivery]) -> Vec<Verdict> {
        if is_before(self.away_until) {
            return vec![Verdict::Unavailable(Unavailable::passing("away")); batch.len()];
        }
        let verdicts = self.store_all(batch);
        if self.answers_to_lose > 0 {
            self.answers_to_lose -= 1;
            // The others had a statement of their own, whose answer arrived.
            let lost = |(place, verdict)| match place % 2 {
                0 => Verdict::Unavailable(Unavailable::passing("the answer is lost")),
                _ => verdict,
            };
            return verdicts.into_iter().enumerate().map(lost).collect();
        }
        verdicts
    }

    /// What is behind one that failed is not tried.
    fn store_all(&mut self, batch: &[Delivery]) -> Vec<Verdict> {
        let mut failed = HashSet::new();
        let mut store = |delivery: &Delivery| {
            if delivery.lane().is_some_and(|lane| failed.contains(lane)) {
                return Verdict::Behind;
            }
            let verdict = self.store(&delivery.message);
            if let (Some(lane), Verdict::Done) = (delivery.lane(), &verdict) {
                let number = delivery.message.body.rsplit(' ').find_map(|word| word.parse().ok());
                let order = self.order.entry(lane.to_owned()).or_default();
                order.push(number.expect("bodies end with a number"));
            }
            if !matches!(verdict, Verdict::Done | Verdict::Duplicate) {
                failed.extend(delivery.lane().map(str::to_owned));
            }
            verdict
        };
        batch.iter().map(&mut store).collect()
    }

    fn store(&mut self, message: &Message) -> Verdict {
        let rejection = |reason| Rejection::new(reason, "as the test wanted");
        match self.rows.get(&message.id) {
            Some(body) if *body == message.body => return Verdict::Duplicate,
            Some(_) => return Verdict::Reject(rejection("id-reused")),
            None if is_before(self.broken_until) || std::mem::take(&mut self.refuses_one) => {
                return Verdict::Reject(rejection("data-error"));
            }
            None => {}
        }
        let mut words = message.body.split(' ');
        let word = words.next();
        let failures = self.failures.entry(message.id).or_default();
        match word {
            Some("foreign") => {
                // For whoever counts what was lost.
                self.rows.insert(message.id, message.body.clone());
                return Verdict::Filtered;
            }
            Some("poison") => return Verdict::Reject(rejection("data-error")),
            Some("strange") => return Verdict::Retry(rejection("unknown-error"), None),
            Some("flaky") if words.next().and_then(|most| most.parse().ok()) > Some(*failures) => {
                *failures += 1;
                return Verdict::Retry(rejection("unknown-error"), None);
            }
            _ => {}
        }
        self.rows.insert(message.id, message.body.clone());
        Verdict::Done
    }
}

fn takes(body: &str) -> Option<Duration> {
    let millis = body.strip_prefix("takes ")?.split(' ').next()?;
    Some(Duration::from_millis(millis.parse().ok()?))
}
