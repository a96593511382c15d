//! Another client beside the consumer, which inserts a row now and then and looks how long it takes.

use std::time::Duration;

use anyhow::{Context, Result};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::clock::now;
use super::stock::Ids;
use super::task::Task;

const PAUSE: Duration = Duration::from_millis(10);

/// Inserts until it is stopped or dropped.
pub(super) struct Probe {
    task: Task,
    waits: u64,
}

/// What it came to.
pub(super) struct Probed {
    /// The longest insert, in milliseconds.
    pub(super) longest: f64,
    /// Waits for locks on the whole server.
    pub(super) waits: u64,
}

impl Probe {
    pub(super) async fn start(bed: &TestEnv, ids: Ids) -> Result<Self> {
        let mut database = bed.connect().await?;
        let waits = waits(&mut database).await?;
        Ok(Self { task: Task::spawn(|stop| insert(database, ids, stop)), waits })
    }

    pub(super) async fn stop(self, bed: &TestEnv) -> Result<Probed> {
        let longest = self.task.stop().await?;
        let waits = waits(&mut bed.connect().await?).await? - self.waits;
        Ok(Probed { longest, waits })
    }
}

async fn insert(mut database: Conn, ids: Ids, stop: CancellationToken) -> Result<f64> {
    let mut longest = Duration::ZERO;
    while !stop.is_cancelled() {
        let head = if ids == Ids::Ordered { format!("'{:012x}7'", now()) } else { "''".to_owned() };
        let id = format!("UNHEX(RPAD(CONCAT({head}, MD5(RAND())), 32, '0'))");
        let began = Instant::now();
        database.query_drop(format!("INSERT INTO messages (id, message) VALUES ({id}, 'probe')")).await?;
        longest = longest.max(began.elapsed());
        sleep(PAUSE).await;
    }
    Ok(longest.as_secs_f64() * 1e3)
}

async fn waits(database: &mut Conn) -> Result<u64> {
    let status = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'";
    let (_, waits): (String, u64) = database.query_first(status).await?.context("no status of InnoDB")?;
    Ok(waits)
}
