//! Plays a schedule, heals everything, and checks what is left.

use std::time::Duration;

use acquit_engine::batch::BatchLimits;
use tokio::runtime::Builder;
use tokio::time::sleep;

use super::step::Step;
use crate::checker::Checker;
use crate::fake::Letter;
use crate::rig::Rig;
use crate::run::Run;

const VISIBILITY: Duration = Duration::from_secs(10);
const MOST_RECEIVES: u32 = 6;

/// Plays the steps in virtual time.
pub(super) fn play(steps: &[Step]) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("there is memory for a runtime").block_on(async { Play::new().all(steps).await });
}

struct Play {
    rig: Rig,
    runs: Vec<Run>,
}

impl Play {
    fn new() -> Self {
        let rig = Rig::with(|settings| {
            settings.max_in_flight = 30;
            settings.batch = BatchLimits { rows: 7, bytes: 60 };
            settings.visibility_timeout = VISIBILITY;
            settings.wait_time = Duration::from_secs(4);
            settings.shutdown_grace = Duration::from_secs(8);
        });
        rig.queue.give_up_after(Some(MOST_RECEIVES));
        let runs = vec![rig.start()];
        Self { rig, runs }
    }

    async fn all(mut self, steps: &[Step]) {
        // The first row is the witness for all that follow.
        self.rig.send(1);
        self.rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
        for step in steps {
            self.step(step).await;
        }
        self.rig.queue.heal();
        self.rig.store.heal();
        self.rig.until("the queue is empty", |rig| rig.queue.is_empty()).await;
        // A call that hung since before may still hold a receive that others made up for.
        sleep(Duration::from_secs(20)).await;
        for run in self.runs.drain(..) {
            assert_eq!(run.stop().await.left, 0, "something was left behind");
        }
        self.check(steps);
    }

    async fn step(&mut self, step: &Step) {
        let Self { rig, runs } = self;
        match step {
            Step::Send(count) => drop(rig.send(*count)),
            Step::SendBody(body) => drop(rig.send_body(body)),
            Step::SendAgain | Step::ReuseId => {
                if let Some(last) = rig.sent().pop() {
                    let again = matches!(step, Step::SendAgain);
                    rig.send_as(last.id, if again { last.body } else { format!("{} again", last.body) });
                }
            }
            Step::Expire => rig.queue.expire(),
            Step::Steal(count) => drop(rig.queue.steal(*count)),
            Step::StoreAway(time) => rig.store.away_for(*time),
            Step::StoreTakes(time) => rig.store.takes(*time),
            Step::StoreBroken(time) => rig.store.broken_for(*time),
            Step::StoreSilent(time) => rig.store.silent_for(*time),
            Step::LoseAnswers(batches) => rig.store.lose_answers(*batches),
            Step::QueueAway(operation, time) => rig.queue.away_for(&[*operation], *time),
            Step::Trouble(operation, trouble) => rig.queue.trouble(*operation, trouble.clone()),
            Step::Start => runs.push(rig.start()),
            Step::Restart => {
                runs.remove(0).stop().await;
                runs.push(rig.start());
            }
            Step::Crash => {
                runs.remove(0).crash().await;
                runs.push(rig.start());
            }
            Step::Wait(time) => sleep(*time).await,
        }
    }

    fn check(&self, steps: &[Step]) {
        Checker::new(&self.rig.sent(), &self.rig.queue, &self.rig.store).assert_clean();
        let spent = steps.iter().map(|step| step.costs(VISIBILITY)).sum();
        for letter in self.rig.queue.letters() {
            assert!(
                self.is_due(&letter, spent),
                "{letter:?} {:?} must not be set aside",
                letter.message.body
            );
        }
        for sent in self.rig.sent() {
            let aside = sent.body.starts_with("poison") || sent.body.starts_with("strange");
            assert!(!aside || !self.rig.store.rows().contains_key(&sent.id), "{sent:?} must not be stored");
        }
    }

    /// Whether the letter is about a message that can never be stored, or whose receives could all
    /// be spent by `spent` faults and the failures that it asked for itself.
    fn is_due(&self, letter: &Letter, spent: u32) -> bool {
        let mut words = letter.message.body.split(' ');
        let failures = match (words.next(), words.next()) {
            (Some("flaky"), failures) => failures.and_then(|failures| failures.parse().ok()).unwrap_or(0),
            (Some("strange"), _) => MOST_RECEIVES,
            _ => 0,
        };
        let received = letter.message.receive_count;
        match letter.reason {
            Some("data-error") => letter.message.body.starts_with("poison"),
            Some("id-reused") => !self.rig.store.holds(&letter.message),
            Some(_) => failures > 0 && received >= MOST_RECEIVES && failures + spent >= MOST_RECEIVES,
            None => received >= MOST_RECEIVES && failures + spent >= MOST_RECEIVES,
        }
    }
}
