//! What the store makes of messages, as the first words of their bodies say.
//!
//! `poison` is refused for good, `flaky N` fails N times, `strange` fails always, `takes MS` keeps
//! its batch that long, `bomb` anywhere panics. Everything else is stored.

use std::time::Duration;

use consumer::delivery::{Delivery, Message};
use consumer::handler::{Away, Handler, Rejection, Verdict};
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
        self.state().end(batch).unwrap_or_else(|away| vec![Verdict::Away(away); batch.len()])
    }

    async fn look(&self) -> Result<(), Away> {
        let mut state = self.state();
        state.probes += 1;
        state.works()
    }
}

impl State {
    /// Returns how long it will take.
    fn begin(&mut self, batch: &[Delivery]) -> Duration {
        let bodies = || batch.iter().map(|delivery| &delivery.message.body);
        let ids = batch.iter().map(|delivery| delivery.message.id).collect();
        self.batches.push(Handled { at: Instant::now(), ids, bytes: bodies().map(String::len).sum() });
        bodies().filter_map(|body| takes(body)).fold(self.takes, Duration::max)
    }

    fn end(&mut self, batch: &[Delivery]) -> Result<Vec<Verdict>, Away> {
        self.works()?;
        let verdicts = batch.iter().map(|delivery| self.store(&delivery.message)).collect();
        if self.answers_to_lose > 0 {
            self.answers_to_lose -= 1;
            return Err(Away::passing("the answer is lost"));
        }
        Ok(verdicts)
    }

    fn works(&self) -> Result<(), Away> {
        let away = self.away_until.is_some_and(|end| Instant::now() < end);
        if away { Err(Away::passing("away")) } else { Ok(()) }
    }

    fn store(&mut self, message: &Message) -> Verdict {
        let rejection = |reason| Rejection { reason, error: "as the test wanted".into() };
        match self.rows.get(&message.id) {
            Some(body) if *body == message.body => return Verdict::Duplicate,
            Some(_) => return Verdict::Reject(rejection("id-reused")),
            None => {}
        }
        let mut words = message.body.split(' ');
        let word = words.next();
        let failures = self.failures.entry(message.id).or_default();
        match word {
            Some("poison") => return Verdict::Reject(rejection("data-error")),
            Some("strange") => return Verdict::Retry(rejection("unknown-error")),
            Some("flaky") if words.next().and_then(|most| most.parse().ok()) > Some(*failures) => {
                *failures += 1;
                return Verdict::Retry(rejection("unknown-error"));
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
