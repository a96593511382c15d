//! Takes old rows away, as whoever keeps only some months of them does.

use std::time::Duration;

use anyhow::Result;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::clock::now;
use super::days;
use super::task::Task;

/// Few enough to be done in milliseconds.
const CHUNK: usize = 1_000;
/// Between chunks.
const PAUSE: Duration = Duration::from_millis(100);
/// Between days: nobody drops as many as one a second, all the more it shows.
const NEXT_DAY: Duration = Duration::from_secs(1);
/// A day: nothing younger is deleted.
const YOUNGEST: u128 = 24 * 60 * 60 * 1_000;

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retention {
    /// A thousand rows at a time.
    Delete,
    /// A day at a time, from a table that was [split](days::split).
    Drop,
}

impl Retention {
    /// Goes on until it is stopped; says how many rows went in a second.
    pub(super) async fn start(self, bed: &TestEnv) -> Result<Task> {
        let database = bed.connect().await?;
        Ok(match self {
            Self::Delete => Task::spawn(|stop| delete(database, stop)),
            Self::Drop => Task::spawn(|stop| drop_days(database, stop)),
        })
    }
}

/// One range of the key, from its start: the locks are where nobody inserts.
async fn delete(mut database: Conn, stop: CancellationToken) -> Result<f64> {
    let before = now() - YOUNGEST;
    let chunk = format!("DELETE FROM messages WHERE id < UNHEX('{before:012x}') ORDER BY id LIMIT {CHUNK}");
    let (began, mut deleted) = (Instant::now(), 0.0);
    while !stop.is_cancelled() {
        database.query_drop(&chunk).await?;
        deleted += f64::from(u32::try_from(database.affected_rows())?);
        sleep(PAUSE).await;
    }
    Ok(deleted / began.elapsed().as_secs_f64())
}

async fn drop_days(mut database: Conn, stop: CancellationToken) -> Result<f64> {
    let (began, mut deleted) = (Instant::now(), 0.0);
    while !stop.is_cancelled()
        && let Some(rows) = days::drop_oldest(&mut database).await?
    {
        deleted += rows;
        sleep(NEXT_DAY).await;
    }
    Ok(deleted / began.elapsed().as_secs_f64())
}
