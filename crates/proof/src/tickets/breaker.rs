//! What happens to the office while the crowd comes: everybody dies now and then, so does the database,
//! and SQS has its moods.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use faultproxy::sqs::{Fault, Rule, Which};
use faultproxy::tcp::Mode;
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::news::News;
use super::office::Office;
use super::staff::Staff;
use crate::chaos::shuffle_bag::ShuffleBag;

/// What can be done.
#[derive(Clone, Debug)]
enum Blow {
    /// To one of those whose names begin so.
    Kill(&'static str),
    Freeze(&'static str),
    KillDatabase,
    FreezeDatabase,
    LoseCommits,
    Queue(&'static str, Fault),
}

fn blows() -> Vec<Blow> {
    use Blow::{Freeze, FreezeDatabase, Kill, KillDatabase, LoseCommits, Queue};
    vec![
        Kill("worker"),
        Kill("worker"),
        Kill("worker"),
        Kill("relay"),
        Kill("relay"),
        Kill("the consumer"),
        Kill("the server"),
        Freeze("worker"),
        Freeze("relay"),
        KillDatabase,
        FreezeDatabase,
        LoseCommits,
        Queue("SQS answers with 503", Fault::Status(503)),
        Queue("SQS does what it is told, and does not answer", Fault::LoseAnswer),
        Queue("SQS hands out messages twice", Fault::DuplicateMessages),
        Queue("SQS hands out again what is done", Fault::Redeliver { new_receipt: true }),
        Queue("SQS does a half of each batch", Fault::fail_entries(Which::Each(0.5))),
    ]
}

/// Breaks one thing after another.
pub(super) struct Breaker {
    blows: ShuffleBag<Blow>,
    rng: Rng,
    pub(super) news: News,
}

impl Breaker {
    pub(super) fn new(news: News, seed: u64) -> Self {
        Self { blows: ShuffleBag::new(blows()), rng: Rng::with_seed(seed), news }
    }

    /// Breaks things until it is dropped, and is quiet for about `pause` in between.
    pub(super) async fn rage(
        &mut self,
        office: &mut Office,
        staff: &mut Staff,
        pause: Duration,
        tell: &impl Fn(&str),
    ) -> Result<()> {
        loop {
            sleep(pause.mul_f64(0.5 + self.rng.f64())).await;
            let blow = self.blows.deal(&mut self.rng);
            self.strike(blow, office, staff, tell).await?;
            self.news.ends()?;
            staff.revive(&office.env)?;
        }
    }

    async fn strike(
        &mut self,
        blow: Blow,
        office: &mut Office,
        staff: &mut Staff,
        tell: &impl Fn(&str),
    ) -> Result<()> {
        let time = Duration::from_millis(self.rng.u64(1_000..2_500));
        let mut says = |kind: &'static str, what: &str| {
            tell(what);
            self.news.begins(kind, what)
        };
        match blow {
            Blow::Kill(who) => {
                let name = one_of(&mut self.rng, staff.named(who));
                says("kill -9", &format!("{name}: kill -9"))?;
                staff.kill(&name).await?;
                sleep(time / 2).await;
            }
            Blow::Freeze(who) => {
                let name = one_of(&mut self.rng, staff.named(who));
                says("frozen", &format!("{name}: frozen"))?;
                staff.signal(&name, Signal::SIGSTOP);
                // Longer than its leases last: others get what it holds.
                sleep(Duration::from_secs(7)).await;
                staff.signal(&name, Signal::SIGCONT);
            }
            Blow::KillDatabase => {
                says("database: kill -9", "the database: kill -9")?;
                kill_database(office, staff, time).await?;
            }
            Blow::FreezeDatabase => {
                says("database frozen", "the database: frozen")?;
                way(office, Mode::BlackHole, time * 2).await;
            }
            Blow::LoseCommits => {
                says("commits unanswered", "the database: commits, and does not answer")?;
                for _ in 0..8 {
                    office.way.handle().cut_answer_after(b"COMMIT");
                    sleep(time / 8).await;
                }
            }
            Blow::Queue(what, fault) => {
                says(what, what)?;
                office.sqs.handle().add(Rule::on_all(fault).chance(0.5));
                sleep(time * 2).await;
                office.sqs.handle().clear();
            }
        }
        Ok(())
    }
}

/// Where it is somebody else's, its way is closed instead.
async fn kill_database(office: &mut Office, staff: &mut Staff, time: Duration) -> Result<()> {
    let Some(spare) = &mut office.spare else {
        way(office, Mode::Refuse, time).await;
        return Ok(());
    };
    spare.kill().await?;
    sleep(time).await;
    spare.start_again().await?;
    staff.revive(&office.env)
}

async fn way(office: &Office, mode: Mode, time: Duration) {
    office.way.handle().set_mode(mode);
    sleep(time).await;
    office.way.handle().set_mode(Mode::Pass);
}

fn one_of(rng: &mut Rng, names: Vec<String>) -> String {
    rng.choice(names).unwrap_or_default()
}
