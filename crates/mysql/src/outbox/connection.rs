//! A relay's connection: what it says to the database, one bounded statement at a time.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Conn, Opts, Row as Values, from_row_opt};
use outbound::Outgoing;
use outbound::relay::port::{Depth, Row};
use tokio::time::{Instant, timeout};

use super::attributes;
use super::search::{CLAIM_ROWS, Seen};
use crate::connection::pool::LIFE;
use crate::connection::session::{STATEMENT, close, failed, greet};
use crate::error::StoreError;

/// Under REPEATABLE READ, those who publish would wait for the gaps that a relay's locks cover. A relay
/// that is frozen loses its locks when it has been silent for so long.
const SESSION: [&str; 2] = [
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION wait_timeout = 30, net_write_timeout = 30, net_read_timeout = 30",
];
/// Finds out, before anything is sent, whether it could be deleted afterwards. Deletes nothing.
const MAY_DELETE: &str = "DELETE FROM outbox LIMIT 0";
/// Rows that are seen at once.
pub(super) const WINDOW: usize = 1_000;
/// Less than the server's patience above.
const IDLE: Duration = Duration::from_secs(20);
/// Rows that are counted at the most.
const COUNTED: u64 = 100_000;

/// A connection that is closed where it is not [given back](Self::is_fit).
pub(super) struct RelayConnection {
    /// `None` once it is closed.
    connection: Option<Conn>,
    opened: Instant,
    used: Instant,
    /// Whether a statement is under way or has failed, or a transaction is open.
    is_busy: bool,
}

impl RelayConnection {
    pub(super) async fn open(options: Opts) -> Result<Self, StoreError> {
        let opened = Instant::now();
        let opening = async {
            let mut connection = greet(options, &SESSION).await?;
            connection.query_drop(MAY_DELETE).await.map_err(failed)?;
            Ok(connection)
        };
        let connection = timeout(STATEMENT, opening).await.map_err(late)??;
        Ok(Self { connection: Some(connection), opened, used: opened, is_busy: false })
    }

    /// Whether it can be used for the next claim.
    pub(super) fn is_fit(&self) -> bool {
        !self.is_busy && self.opened.elapsed() < LIFE && self.used.elapsed() < IDLE
    }

    /// The first rows for which the condition holds, as far as they are committed; locks none.
    pub(super) async fn window(&mut self, condition: &str) -> Result<Vec<Seen>, StoreError> {
        let query = format!(
            "SELECT seq, queue, group_id, bytes FROM outbox WHERE {condition} ORDER BY seq LIMIT {WINDOW}"
        );
        let rows: Vec<(u64, String, Option<String>, Option<u64>)> = self.rows(query).await?;
        let mut names = Names::default();
        let seen = rows.into_iter().map(|(seq, queue, group, bytes)| Seen {
            seq,
            queue: names.shared(queue),
            group,
            bytes: bytes.unwrap_or(0),
        });
        Ok(seen.collect())
    }

    /// Begins a transaction and locks those of the rows that nobody else has. Returns which.
    pub(super) async fn lock(&mut self, seqs: &[u64]) -> Result<HashSet<u64>, StoreError> {
        self.run("BEGIN".to_owned()).await?;
        let list = list(seqs.iter().copied());
        let query = format!(
            "SELECT seq FROM outbox FORCE INDEX (PRIMARY) WHERE seq IN ({list}) \
             ORDER BY seq LIMIT {CLAIM_ROWS} FOR UPDATE SKIP LOCKED"
        );
        let rows: Vec<(u64,)> = self.rows(query).await?;
        self.is_busy = true;
        Ok(rows.into_iter().map(|(seq,)| seq).collect())
    }

    /// Locks rows and reads them in their order, but for those that somebody else has.
    pub(super) async fn read(&mut self, claimed: &[&Seen]) -> Result<Vec<Row>, StoreError> {
        let list = list(claimed.iter().map(|seen| seen.seq));
        let query = format!(
            "SELECT seq, id, body, attributes, delay_seconds FROM outbox FORCE INDEX (PRIMARY) \
             WHERE seq IN ({list}) ORDER BY seq FOR UPDATE SKIP LOCKED"
        );
        let rows: Vec<(u64, String, String, Option<String>, u64)> = self.rows(query).await?;
        self.is_busy = true;
        let seen: HashMap<_, _> = claimed.iter().map(|seen| (seen.seq, *seen)).collect();
        let row = |(seq, id, body, attributes, delay): (u64, String, String, Option<String>, u64)| {
            let Seen { queue, group, .. } = *seen.get(&seq)?;
            let attributes = attributes.as_deref().map_or(Ok(Vec::new()), attributes::read);
            let message = attributes.map(|attributes| Outgoing {
                attributes,
                group: group.clone(),
                delay: Duration::from_secs(delay),
                ..Outgoing::new(id, body)
            });
            Some(Row { seq, queue: queue.clone(), group: group.clone(), message })
        };
        Ok(rows.into_iter().filter_map(row).collect())
    }

    /// Deletes rows that were claimed, and ends the transaction: the others are anybody's again.
    pub(super) async fn delete(&mut self, seqs: &[u64]) -> Result<(), StoreError> {
        if seqs.is_empty() {
            return self.run("ROLLBACK".to_owned()).await;
        }
        let list = list(seqs.iter().copied());
        // Each row is looked up by its key. Of a mere list the server makes a walk through all of a small
        // table, whatever index it is told to use, and waits for rows that others have.
        let delete = format!(
            "DELETE o FROM JSON_TABLE('[{list}]', '$[*]' COLUMNS (seq BIGINT UNSIGNED PATH '$')) AS sent \
             STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) ON o.seq = sent.seq"
        );
        self.run(format!("{delete}; COMMIT")).await
    }

    /// How much waits.
    pub(super) async fn depth(&mut self) -> Result<Depth, StoreError> {
        let query = format!(
            "SELECT COUNT(*), (SELECT TIMESTAMPDIFF(MICROSECOND, created_at, UTC_TIMESTAMP(6)) FROM outbox \
             ORDER BY seq LIMIT 1) FROM (SELECT 1 FROM outbox LIMIT {COUNTED}) AS counted"
        );
        let rows: Vec<(u64, Option<i64>)> = self.rows(query).await?;
        let (rows, micros) = rows.first().copied().unwrap_or_default();
        let micros = u64::try_from(micros.unwrap_or(0)).unwrap_or(0);
        Ok(Depth { rows, oldest: Duration::from_micros(micros) })
    }

    async fn run(&mut self, statements: String) -> Result<(), StoreError> {
        self.bounded(async |connection| connection.query_drop(statements).await).await
    }

    async fn rows<T: FromRow + Send + 'static>(&mut self, query: String) -> Result<Vec<T>, StoreError> {
        let rows: Vec<Values> = self.bounded(async |connection| connection.query(query).await).await?;
        let unlike = |_| StoreError::away("the table `outbox` holds what it should not");
        rows.into_iter().map(|row| from_row_opt(row).map_err(unlike)).collect()
    }

    /// A statement. Where it fails or is dropped, the connection is not fit any more.
    async fn bounded<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut Conn) -> mysql_async::Result<T>,
    ) -> Result<T, StoreError> {
        let connection = self.connection.as_mut().ok_or_else(|| StoreError::away("it was closed"))?;
        self.is_busy = true;
        let answer = timeout(STATEMENT, statement(connection)).await.map_err(late)?.map_err(failed)?;
        (self.is_busy, self.used) = (false, Instant::now());
        Ok(answer)
    }
}

/// What is open on it ends with the connection.
impl Drop for RelayConnection {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            close(connection);
        }
    }
}

fn late(_: tokio::time::error::Elapsed) -> StoreError {
    StoreError::away("the database did not answer in time")
}

fn list(seqs: impl Iterator<Item = u64>) -> String {
    let mut list = String::new();
    for seq in seqs {
        let separator = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{separator}{seq}");
    }
    list
}

/// Names that many rows have in common.
#[derive(Default)]
struct Names(HashSet<Arc<str>>);

impl Names {
    fn shared(&mut self, name: String) -> Arc<str> {
        if let Some(known) = self.0.get(&*name) {
            return known.clone();
        }
        let name: Arc<str> = name.into();
        self.0.insert(name.clone());
        name
    }
}
