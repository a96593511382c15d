//! What can happen to the database: dead, frozen, locked, read-only, cut off, its answers lost, its
//! commits hanging, its password rotated, its schema changed by mistake.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use faultproxy::tcp::{Mode, TcpHandle, Trigger};
use mysql_async::Opts;
use mysql_async::prelude::Queryable;
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::connections::kill_connections;
use super::schema::{MISTAKES, Mistake};
use super::shuffle_bag::ShuffleBag;
use super::tally::Tally;
use super::worker::Worker;
use crate::server::Server;
use crate::test_env::{self, TestEnv};

const TARGET: &str = "database";

/// What is done to it.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Die,
    Freeze,
    ReadOnly,
    KillConnections,
    Lock,
    LoseAnswers,
    HangCommits,
    RotatePassword,
    Mistake(Mistake),
    Way(&'static str, Mode),
}

const BLOWS: [Blow; 11] = [
    Blow::Die,
    Blow::Freeze,
    Blow::ReadOnly,
    Blow::KillConnections,
    Blow::Lock,
    Blow::LoseAnswers,
    Blow::Way("refused", Mode::Refuse),
    Blow::Way("black hole", Mode::BlackHole),
    Blow::Way("slow", Mode::Delay { by: Duration::from_millis(50), jitter: Duration::from_millis(200) }),
    Blow::Way("throttled", Mode::Throttle { bytes_per_second: 20_000 }),
    Blow::Way("reset", Mode::ResetAfter { bytes: 20_000 }),
];

/// What happens to servers that run: changes by people, and commits that wait for others.
fn changes() -> Vec<Blow> {
    let mistakes = MISTAKES.map(Blow::Mistake);
    [Blow::HangCommits, Blow::RotatePassword].into_iter().chain(mistakes).collect()
}

/// As long as a consumer waits for a statement: after it, nobody knows what became of that.
const STATEMENT: Duration = Duration::from_secs(10);

/// The server, and the way to it.
#[derive(Debug)]
pub(super) struct Database {
    server: Server,
    way: TcpHandle,
    worker: Worker,
    blows: ShuffleBag<Blow>,
    changes: ShuffleBag<Blow>,
}

impl Database {
    pub(super) fn new(server: Server, way: TcpHandle, worker: Worker) -> Self {
        Self { server, way, worker, blows: ShuffleBag::new(BLOWS), changes: ShuffleBag::new(changes()) }
    }

    /// Does one of these, for a few seconds, and mends it.
    pub(super) async fn strike(&mut self, env: &TestEnv, rng: &mut Rng, tally: &mut Tally) -> Result<()> {
        let time = Duration::from_millis(rng.u64(1_000..6_000));
        let blow = if rng.u8(..3) < 2 { self.changes.deal(rng) } else { self.blows.deal(rng) };
        let fault = match blow {
            Blow::HangCommits => hang_commits(env, time + STATEMENT * rng.u32(..2)).await?,
            Blow::RotatePassword => {
                self.worker.rotate(env, time).await?;
                "password rotated"
            }
            Blow::Mistake(mistake) => mistake.last_for(env, &self.worker.name, time).await?,
            Blow::Die => self.die().await?,
            Blow::Freeze => self.freeze(STATEMENT + time).await?,
            Blow::ReadOnly => read_only(env, time).await?,
            Blow::KillConnections => kill_connections(env).await?,
            Blow::Lock => lock(env, time).await?,
            Blow::LoseAnswers => self.lose_answers(time).await,
            Blow::Way(name, mode) => self.way(name, mode, time).await,
        };
        tally.add(TARGET, fault);
        Ok(())
    }

    async fn lose_answers(&self, time: Duration) -> &'static str {
        self.way.cut_answers(Trigger::BoundExecute, 5);
        sleep(time).await;
        self.way.cut_answers(Trigger::BoundExecute, 0);
        "answers lost"
    }

    async fn die(&self) -> Result<&'static str> {
        self.server.kill().await?;
        self.server.start().await?;
        Ok("kill -9")
    }

    async fn freeze(&self, time: Duration) -> Result<&'static str> {
        self.server.signal(Signal::SIGSTOP).await?;
        sleep(time).await;
        self.server.signal(Signal::SIGCONT).await?;
        Ok("frozen")
    }

    async fn way(&self, name: &'static str, mode: Mode, time: Duration) -> &'static str {
        self.way.set_mode(mode);
        sleep(time).await;
        self.way.set_mode(Mode::Pass);
        name
    }
}

/// Undoes what an interrupted run may have left behind.
///
/// # Errors
/// Where the server does not come up again.
pub async fn mend() -> Result<()> {
    let server = Server::from_env();
    // It may be dead, or not frozen.
    server.signal(Signal::SIGCONT).await.ok();
    server.start().await?;
    let options = Opts::from_url(&test_env::variable("DATABASE_URL")?)?;
    Ok(test_env::connect(&options).await?.query_drop("SET GLOBAL read_only = OFF").await?)
}

async fn read_only(env: &TestEnv, time: Duration) -> Result<&'static str> {
    let mut database = env.connect().await?;
    database.query_drop("SET GLOBAL read_only = ON").await?;
    sleep(time).await;
    database.query_drop("SET GLOBAL read_only = OFF").await?;
    Ok("read-only")
}

async fn lock(env: &TestEnv, time: Duration) -> Result<&'static str> {
    let mut database = env.connect().await?;
    database.query_drop("LOCK TABLES messages WRITE").await?;
    sleep(time).await;
    database.query_drop("UNLOCK TABLES").await?;
    Ok("table locked")
}

/// Statements are taken, and end only when the server may commit again.
async fn hang_commits(env: &TestEnv, time: Duration) -> Result<&'static str> {
    let mut database = env.connect().await?;
    let version: Option<String> = database.query_first("SELECT VERSION()").await?;
    let (begin, end): (&[_], _) = if version.is_some_and(|version| version.contains("MariaDB")) {
        (&["BACKUP STAGE START", "BACKUP STAGE BLOCK_COMMIT"], "BACKUP STAGE END")
    } else {
        (&["FLUSH TABLES WITH READ LOCK"], "UNLOCK TABLES")
    };
    for statement in begin {
        database.query_drop(*statement).await?;
    }
    sleep(time).await;
    database.query_drop(end).await?;
    Ok("commits hang")
}
