//! The transaction: marks in `inbox` and rows in the table, all or none of them.

use std::collections::HashSet;

use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use engine::failpoint;
use engine::verdict::Verdict;
use shared::message::DedupId;

use super::handler::MappedTable;
use super::ready::Ready;
use super::row::Row;
use super::source::Existing;
use super::statement::Insert;
use crate::connection::pool::Connection;
use crate::error::{StoreError, codes};
use crate::store::failed::Laned;
use crate::store::halves::Together;

/// Ids that others mark in between are looked for again, so often.
const AGAIN: usize = 4;
/// What a statement takes beside its values.
const STATEMENT: usize = 1_024;

impl<'m> Laned<'m> for &Row<'m> {
    fn lane(&self) -> Option<&'m str> {
        self.lane
    }
}

/// What became of a try.
enum Tried {
    /// So many rows are new, or were changed.
    Stored(usize),
    /// Some of the ids are marked already.
    Marked,
}

impl<'r, 'm> Together<&'r Row<'m>> for MappedTable {
    async fn together(&self, rows: &[&'r Row<'m>]) -> Result<Vec<Verdict>, StoreError> {
        let ready = self.ready();
        let mut connection = self.pool.get().await?;
        fit(rows, &ready, connection.max_packet())?;
        let mut marked = HashSet::new();
        for _ in 0..AGAIN {
            let new = fresh(rows, &marked);
            if new.is_empty() {
                return Ok(vec![Verdict::Duplicate; rows.len()]);
            }
            match self.meter.time(self.attempt(&mut connection, &new, &ready)).await? {
                Tried::Stored(stored) => {
                    self.keep(&new);
                    return Ok(verdicts(rows, &new, stored, ready.existing));
                }
                Tried::Marked => {
                    let ids = new.iter().map(|row| row.id);
                    marked.extend(self.marks.marked(&mut connection, ids).await?);
                }
            }
        }
        Err(StoreError::busy("others mark the same messages"))
    }
}

impl MappedTable {
    /// One transaction, which is over when it returns.
    async fn attempt(
        &self,
        connection: &mut Connection,
        new: &[&Row<'_>],
        ready: &Ready,
    ) -> Result<Tried, StoreError> {
        connection.set_in_transaction(true);
        let tried = self.transact(connection, new, ready).await;
        // A connection that is not sound is closed, which ends the transaction as well.
        if matches!(tried, Ok(Tried::Stored(_))) {
            connection.set_in_transaction(false);
        } else if connection.is_sound() {
            plainly(connection, "ROLLBACK").await?;
            connection.set_in_transaction(false);
        }
        tried
    }

    async fn transact(
        &self,
        connection: &mut Connection,
        new: &[&Row<'_>],
        ready: &Ready,
    ) -> Result<Tried, StoreError> {
        failpoint::enter("insert-sent");
        let mut ids: Vec<_> = new.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        match self.marks.begin(connection, ids.into_iter()).await {
            Err(error) if error.code.is_some_and(codes::is_duplicate) => return Ok(Tried::Marked),
            begun => begun?,
        }
        let stored = insert(connection, &ready.ordered(new), ready).await?;
        plainly(connection, "COMMIT").await?;
        Ok(Tried::Stored(stored))
    }
}

/// Stores the rows in one statement, or in as many as the server's limits ask for.
pub(crate) async fn insert(
    connection: &mut Connection,
    rows: &[&Row<'_>],
    ready: &Ready,
) -> Result<usize, StoreError> {
    let (template, most) = (&ready.template, connection.max_packet());
    let (mut stored, mut rest) = (0, rows);
    while !rest.is_empty() {
        let mut bytes = 0;
        let fit = rest.iter().take(template.max_rows()).take_while(|row| {
            bytes += row.bytes();
            bytes + STATEMENT < most
        });
        let (some, others) = rest.split_at(fit.count().max(1));
        let statement = Insert { template, rows: some };
        stored += connection.run(|connection| statement.execute(connection)).await?;
        rest = others;
    }
    Ok(stored)
}

pub(crate) async fn plainly(connection: &mut Connection, statement: &'static str) -> Result<(), StoreError> {
    connection.run(|connection| Box::pin(connection.batch_execute(statement))).await
}

/// Sent all the same, a row that is too large would cost the connection, and look like an outage.
fn fit(rows: &[&Row<'_>], ready: &Ready, most: usize) -> Result<(), StoreError> {
    let largest = rows.iter().map(|row| row.bytes()).max().unwrap_or_default();
    if largest + STATEMENT + ready.template.bytes(1) < most {
        return Ok(());
    }
    Err(StoreError::too_large(format!("larger than the server's max_allowed_packet of {most} bytes")))
}

/// Those that are not known to be marked, each id once.
fn fresh<'r, 'm>(rows: &[&'r Row<'m>], marked: &HashSet<DedupId>) -> Vec<&'r Row<'m>> {
    let mut seen = HashSet::with_capacity(rows.len());
    rows.iter().filter(|row| !marked.contains(&row.id) && seen.insert(row.id)).copied().collect()
}

/// Of several with one id the first has the effect. Where rows that exist are passed over, the server
/// says how many of the new messages' rows were new, and nobody which.
fn verdicts(rows: &[&Row<'_>], new: &[&Row<'_>], stored: usize, existing: Existing) -> Vec<Verdict> {
    let mut fresh: HashSet<_> = new.iter().map(|row| row.id).collect();
    let mut passed_over = match existing {
        Existing::Duplicate => new.len().saturating_sub(stored),
        Existing::Update | Existing::Reject => 0,
    };
    let verdict = |row: &&Row<'_>| {
        if !fresh.remove(&row.id) {
            return Verdict::Duplicate;
        }
        let is_duplicate = passed_over > 0;
        passed_over = passed_over.saturating_sub(1);
        if is_duplicate { Verdict::Duplicate } else { Verdict::Done }
    };
    rows.iter().map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> Row<'static> {
        Row { id: DedupId::of(name), lane: None, values: Vec::new() }
    }

    #[test]
    fn of_twins_the_first_has_the_effect_and_what_was_marked_has_none() {
        let rows = [row("a"), row("b"), row("a"), row("c")];
        let rows: Vec<_> = rows.iter().collect();
        let marked = HashSet::from([DedupId::of("c")]);
        let new = fresh(&rows, &marked);
        assert_eq!(new.iter().map(|row| row.id).collect::<Vec<_>>(), [DedupId::of("a"), DedupId::of("b")]);
        let of = |stored, existing| verdicts(&rows, &new, stored, existing);
        let (done, duplicate) = (Verdict::Done, Verdict::Duplicate);
        let all = [done.clone(), done.clone(), duplicate.clone(), duplicate.clone()];
        assert_eq!(of(2, Existing::Duplicate), all);
        assert_eq!(of(0, Existing::Update), all, "an update may change nothing, and was done");
        assert_eq!(of(1, Existing::Duplicate), [duplicate.clone(), done, duplicate.clone(), duplicate]);
    }
}
