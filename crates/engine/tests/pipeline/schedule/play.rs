//! Plays a schedule, heals everything, and checks what is left.

use std::time::Duration;

use acquit_engine::batch::BatchLimits;
use acquit_engine::settings::Settings;
use acquit_engine::testing::checker::Checker;
use acquit_engine::testing::fake::Effects;
use acquit_engine::testing::run::Run;
use tokio::runtime::Builder;
use tokio::time::sleep;

use super::step::{STUCK, Step};
use crate::fake::SetAside;
use crate::harness::Harness;

const VISIBILITY: Duration = Duration::from_secs(10);
const MOST_RECEIVES: u32 = 6;

/// Plays the steps in virtual time, on a FIFO queue where there are `groups`.
pub(super) fn play(steps: &[Step], groups: Option<usize>) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("there is memory for a runtime").block_on(async { Play::new(groups).all(steps).await });
}

struct Play {
    harness: Harness,
    runs: Vec<Run>,
}

impl Play {
    fn new(groups: Option<usize>) -> Self {
        let change = |settings: &mut Settings| {
            settings.max_in_flight = 30;
            settings.batch = BatchLimits { rows: 7, bytes: 60 };
            settings.visibility_timeout = VISIBILITY;
            settings.wait_time = Duration::from_secs(4);
            settings.shutdown_grace = Duration::from_secs(8);
            settings.handler_timeout = Duration::from_mins(1);
        };
        let harness = match groups {
            Some(groups) => Harness::in_order(groups, change),
            None => Harness::with(change),
        };
        harness.queue.give_up_after(Some(MOST_RECEIVES));
        let runs = vec![harness.start()];
        Self { harness, runs }
    }

    async fn all(mut self, steps: &[Step]) {
        // The first row is the witness for all that follow.
        self.harness.send(1);
        self.harness.until("the queue is empty", |harness| harness.queue.is_empty()).await;
        for step in steps {
            self.step(step).await;
        }
        self.harness.queue.heal();
        self.harness.store.heal();
        self.drain().await;
        // A call that hung since before may still hold a receive that others made up for.
        sleep(Duration::from_secs(20)).await;
        for run in self.runs.drain(..) {
            assert_eq!(run.stop().await.left, 0, "something was left behind");
        }
        self.check(steps);
    }

    /// Waits until the queue is empty. In each process others succeed meanwhile, also in groups of their
    /// own: without them nothing could tell messages that take too long from an outage.
    async fn drain(&self) {
        self.harness.more_groups();
        for _ in 0..300 {
            sleep(Duration::from_secs(20)).await;
            if self.harness.queue.is_empty() {
                return;
            }
            self.harness.send(40);
        }
        panic!("stuck until the queue is empty");
    }

    async fn step(&mut self, step: &Step) {
        let Self { harness, runs } = self;
        match step {
            Step::Send(count) => drop(harness.send(*count)),
            Step::SendBody(body) => drop(harness.send_body(body)),
            Step::SendAgain | Step::ReuseId => {
                if let Some(last) = harness.sent().pop() {
                    let again = matches!(step, Step::SendAgain);
                    harness.send_as(last.id, if again { last.body } else { format!("{} again", last.body) });
                }
            }
            Step::Expire => harness.queue.expire(),
            Step::Steal(count) => drop(harness.queue.steal(*count)),
            Step::StoreAway(time) => harness.store.away_for(*time),
            Step::StoreTakes(time) => harness.store.takes(*time),
            Step::StoreBroken(time) => harness.store.broken_for(*time),
            Step::StoreSilent(time) => harness.store.silent_for(*time),
            Step::LoseAnswers(batches) => harness.store.lose_answers(*batches),
            Step::QueueAway(operation, time) => harness.queue.away_for(&[*operation], *time),
            Step::Trouble(operation, trouble) => harness.queue.trouble(*operation, trouble.clone()),
            Step::Start => runs.push(harness.start()),
            Step::Restart => {
                runs.remove(0).stop().await;
                runs.push(harness.start());
            }
            Step::Crash => {
                runs.remove(0).crash().await;
                runs.push(harness.start());
            }
            Step::Wait(time) => sleep(*time).await,
        }
    }

    fn check(&self, steps: &[Step]) {
        assert!(
            self.harness.store.out_of_order().is_empty(),
            "out of order: {:?}",
            self.harness.store.order()
        );
        let effects = self.harness.store.effects();
        Checker::new(&self.harness.sent(), &effects, &self.harness.queue).assert_clean();
        let spent = steps.iter().map(|step| step.costs(VISIBILITY)).sum();
        for letter in self.harness.queue.dead_letters() {
            assert!(
                self.is_due(&letter, spent),
                "{letter:?} {:?} must not be set aside",
                letter.message.body
            );
        }
        for sent in self.harness.sent() {
            let aside = ["poison", "strange", "bomb", STUCK].iter().any(|body| sent.body.starts_with(body));
            assert!(
                !aside || !self.harness.store.rows().contains_key(&sent.id),
                "{sent:?} must not be stored"
            );
        }
    }

    /// Whether the letter is about a message that can never be stored, or whose receives could all
    /// be spent by `spent` faults and the failures that it asked for itself.
    fn is_due(&self, letter: &SetAside, spent: u32) -> bool {
        let mut words = letter.message.body.split(' ');
        let failures = match (words.next(), words.next()) {
            (Some("flaky"), failures) => failures.and_then(|failures| failures.parse().ok()).unwrap_or(0),
            (Some("strange" | "bomb"), _) => MOST_RECEIVES,
            (Some("takes"), _) if letter.message.body.starts_with(STUCK) => MOST_RECEIVES,
            _ => 0,
        };
        let received = letter.message.receive_count;
        match letter.reason.as_deref() {
            Some("data-error") => letter.message.body.starts_with("poison"),
            Some("id-reused") => !self.harness.store.took_effect(&letter.message),
            Some(_) => failures > 0 && received >= MOST_RECEIVES && failures + spent >= MOST_RECEIVES,
            None => received >= MOST_RECEIVES && failures + spent >= MOST_RECEIVES,
        }
    }
}
