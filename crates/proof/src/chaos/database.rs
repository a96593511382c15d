//! What can happen to the database: dead, frozen, locked, read-only, cut off, its answers lost.

use std::time::Duration;

use anyhow::Result;
use fastrand::Rng;
use faultproxy::tcp::{Mode, TcpHandle, Trigger};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::tally::Tally;
use crate::bed::Bed;
use crate::server::Server;

const TARGET: &str = "database";

/// The server, and the way to it.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) server: Server,
    pub(super) way: TcpHandle,
}

impl Database {
    /// Does one of these, for a few seconds, and mends it.
    pub(super) async fn strike(&self, bed: &Bed, rng: &mut Rng, tally: &mut Tally) -> Result<()> {
        let while_it_lasts = Duration::from_millis(rng.u64(1_000..6_000));
        let fault = match rng.u8(..12) {
            0 => self.die().await?,
            1 => self.freeze(while_it_lasts).await?,
            2 => read_only(bed, while_it_lasts).await?,
            3 | 4 => kill_connections(bed).await?,
            5 => lock(bed, while_it_lasts).await?,
            6 => self.way("refused", Mode::Refuse, while_it_lasts).await,
            7 => self.way("black hole", Mode::BlackHole, while_it_lasts).await,
            8 => {
                let (by, jitter) = (Duration::from_millis(50), Duration::from_millis(200));
                self.way("slow", Mode::Delay { by, jitter }, while_it_lasts).await
            }
            9 => self.way("throttled", Mode::Throttle { bytes_per_second: 20_000 }, while_it_lasts).await,
            10 => self.way("reset", Mode::ResetAfter { bytes: 20_000 }, while_it_lasts).await,
            _ => {
                self.way.cut_answers(Trigger::BoundExecute, 5);
                sleep(while_it_lasts).await;
                "answers lost"
            }
        };
        tally.add(TARGET, fault);
        Ok(())
    }

    async fn die(&self) -> Result<&'static str> {
        self.server.signal(Signal::SIGKILL).await?;
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

async fn read_only(bed: &Bed, time: Duration) -> Result<&'static str> {
    let mut database = bed.connect().await?;
    database.query_drop("SET GLOBAL read_only = ON").await?;
    sleep(time).await;
    database.query_drop("SET GLOBAL read_only = OFF").await?;
    Ok("read-only")
}

async fn lock(bed: &Bed, time: Duration) -> Result<&'static str> {
    let mut database = bed.connect().await?;
    database.query_drop("LOCK TABLES messages WRITE").await?;
    sleep(time).await;
    database.query_drop("UNLOCK TABLES").await?;
    Ok("table locked")
}

async fn kill_connections(bed: &Bed) -> Result<&'static str> {
    let mut database = bed.connect().await?;
    for _ in 0..5 {
        let query = "SELECT id FROM information_schema.processlist WHERE user LIKE 'worker%'";
        let ids: Vec<u64> = database.query(query).await?;
        for id in ids {
            kill(&mut database, id).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok("connections killed")
}

/// It may have ended by itself.
async fn kill(database: &mut Conn, id: u64) {
    database.query_drop(format!("KILL {id}")).await.ok();
}
