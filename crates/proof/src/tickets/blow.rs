//! What can happen to the office: everybody dies now and then, so does the database, and SQS has its moods.

use std::time::Duration;

use anyhow::Result;
use faultproxy::sqs::{Fault, Rule, Which};
use faultproxy::tcp::Mode;
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::office::Office;
use super::staff::Staff;

/// Longer than leases last: others get what the frozen one holds.
const FROZEN: Duration = Duration::from_secs(7);
/// Commits that are not answered, one after another.
const COMMITS: u32 = 8;

/// One of these things.
#[derive(Clone, Debug)]
pub(super) enum Blow {
    /// To one of those whose names begin so.
    Kill(&'static str),
    Freeze(&'static str),
    KillDatabase,
    FreezeDatabase,
    LoseCommits,
    Queue(&'static str, Fault),
}

impl Blow {
    pub(super) fn all() -> Vec<Self> {
        vec![
            Self::Kill("worker"),
            Self::Kill("worker"),
            Self::Kill("worker"),
            Self::Kill("relay"),
            Self::Kill("relay"),
            Self::Kill("the consumer"),
            Self::Kill("the server"),
            Self::Freeze("worker"),
            Self::Freeze("relay"),
            Self::KillDatabase,
            Self::FreezeDatabase,
            Self::LoseCommits,
            Self::Queue("SQS answers with 503", Fault::Status(503)),
            Self::Queue("SQS does what it is told, and does not answer", Fault::LoseAnswer),
            Self::Queue("SQS hands out messages twice", Fault::DuplicateMessages),
            Self::Queue("SQS hands out again what is done", Fault::Redeliver { new_receipt: true }),
            Self::Queue("SQS does half of each batch", Fault::fail_entries(Which::Each(0.5))),
        ]
    }

    /// Whom it may strike.
    pub(super) fn whom(&self, staff: &Staff) -> Vec<String> {
        match self {
            Self::Kill(who) | Self::Freeze(who) => staff.named(who),
            _ => Vec::new(),
        }
    }

    /// What it counts as, and what is said of it.
    pub(super) fn says(&self, name: &str) -> (&'static str, String) {
        match self {
            Self::Kill(_) => ("killed", format!("{name}: kill -9")),
            Self::Freeze(_) => ("frozen", format!("{name}: frozen")),
            Self::KillDatabase => ("database killed", "the database: kill -9".to_owned()),
            Self::FreezeDatabase => ("database frozen", "the database: frozen".to_owned()),
            Self::LoseCommits => {
                ("commits unanswered", "the database: commits, and does not answer".to_owned())
            }
            Self::Queue(what, _) => ("SQS out of order", (*what).to_owned()),
        }
    }

    /// Strikes, and mends what nobody else would mend. Takes about as long as `time`.
    pub(super) async fn fall(
        self,
        name: &str,
        time: Duration,
        office: &mut Office,
        staff: &mut Staff,
    ) -> Result<()> {
        match self {
            Self::Kill(_) => {
                staff.kill(name).await?;
                sleep(time / 2).await;
            }
            Self::Freeze(_) => {
                staff.signal(name, Signal::SIGSTOP);
                sleep(FROZEN).await;
                staff.signal(name, Signal::SIGCONT);
            }
            Self::KillDatabase => kill_database(office, time).await?,
            Self::FreezeDatabase => way(office, Mode::BlackHole, time).await,
            Self::LoseCommits => {
                for _ in 0..COMMITS {
                    office.way.handle().cut_answer_after(b"COMMIT");
                    sleep(time / COMMITS).await;
                }
            }
            Self::Queue(_, fault) => {
                office.sqs.handle().add(Rule::on_all(fault).chance(0.5));
                sleep(time).await;
                office.sqs.handle().clear();
            }
        }
        Ok(())
    }
}

/// Where it is somebody else's, its way is closed instead.
async fn kill_database(office: &mut Office, time: Duration) -> Result<()> {
    let Some(spare) = &mut office.spare else {
        way(office, Mode::Refuse, time).await;
        return Ok(());
    };
    spare.kill().await?;
    sleep(time / 2).await;
    spare.start_again().await
}

async fn way(office: &Office, mode: Mode, time: Duration) {
    office.way.handle().set_mode(mode);
    sleep(time).await;
    office.way.handle().set_mode(Mode::Pass);
}
