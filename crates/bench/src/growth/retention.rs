//! Deletes the oldest rows a chunk at a time, as whoever keeps only some months of them does.

use std::time::Duration;

use anyhow::Result;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use proof::bed::Bed;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::now;
use super::probe::Task;

/// Few enough to be done in milliseconds.
const CHUNK: usize = 1_000;
/// Between chunks. Without it, deleting takes the server's disk and log for itself, and inserts
/// come to a twentieth.
const PAUSE: Duration = Duration::from_millis(100);
/// A day: nothing younger is deleted.
const YOUNGEST: u128 = 24 * 60 * 60 * 1_000;

/// Deletes until it is stopped or dropped.
pub(super) struct Retention(Task);

impl Retention {
    pub(super) async fn start(bed: &Bed) -> Result<Self> {
        let database = bed.connect().await?;
        Ok(Self(Task::spawn(|stop| delete(database, stop))))
    }

    /// Rows that were deleted in a second.
    pub(super) async fn stop(self) -> Result<f64> {
        self.0.stop().await
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
