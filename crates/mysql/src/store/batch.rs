//! Stores a batch: what each row's verdict is, where statements say something of many at once.

use std::collections::HashMap;

use engine::verdict::{Rejection, Verdict};

use super::halves::{Together, in_halves};
use super::insert;
use super::row::{self, Row};
use super::{MysqlStore, packet, witness};
use crate::error::StoreError;

/// A row that was passed over and is not there either, such as one that was deleted in between, is
/// inserted again, so often.
const AGAIN: u32 = 3;

impl<'a> Together<Row<'a>> for MysqlStore {
    async fn together(&self, rows: &[Row<'a>]) -> Result<Vec<Verdict>, StoreError> {
        let (places, rows) = row::sorted(rows);
        Ok(at_their_places(places, self.try_together(&rows).await?))
    }
}

impl MysqlStore {
    /// A verdict for each row.
    pub(crate) async fn store(&self, rows: &[Row<'_>]) -> Vec<Verdict> {
        in_halves(rows, &self.meter, self).await
    }

    /// All rows in one statement.
    async fn try_together(&self, rows: &[Row<'_>]) -> Result<Vec<Verdict>, StoreError> {
        let mut connection = self.pool.get().await?;
        // As the server that this connection leads to has it. Sent all the same, a larger one would
        // cost the connection, and look like an outage.
        let most = connection.max_packet();
        if packet::least(rows) > most {
            return Err(StoreError::too_large(format!(
                "larger than the server's max_allowed_packet of {most} bytes"
            )));
        }
        let mut new = self.meter.time(insert::insert(&mut connection, rows, most)).await?;
        if new == rows.len() {
            witness::keep(&self.kept, rows);
            return Ok(vec![Verdict::Done; new]);
        }
        let mut stored = insert::stored(&mut connection, rows).await?;
        for _ in 0..AGAIN {
            let missing: Vec<_> = rows.iter().filter(|row| !stored.contains_key(row.id)).copied().collect();
            if missing.is_empty() {
                break;
            }
            new += self.meter.time(insert::insert(&mut connection, &missing, most)).await?;
            stored.extend(insert::stored(&mut connection, &missing).await?);
        }
        Ok(compare(rows, &stored, new))
    }
}

fn at_their_places(places: Vec<usize>, verdicts: Vec<Verdict>) -> Vec<Verdict> {
    let mut all: Vec<_> = places.into_iter().zip(verdicts).collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, verdict)| verdict).collect()
}

/// Verdicts where some ids were stored before: the same text is a duplicate, another one a clash.
fn compare(rows: &[Row<'_>], stored: &HashMap<Vec<u8>, String>, new: usize) -> Vec<Verdict> {
    let same = |row: &Row<'_>| stored.get(row.id).map(|text| text == row.message);
    // Which of the equal ones were new, nobody can say; how many, the server did.
    let mut duplicates = rows.iter().filter(|row| same(row) == Some(true)).count().saturating_sub(new);
    let verdict = |row: &Row<'_>| match same(row) {
        Some(true) if duplicates > 0 => {
            duplicates -= 1;
            Verdict::Duplicate
        }
        Some(true) => Verdict::Done,
        Some(false) => Verdict::Reject(Rejection::new("id-reused", "another text is stored under this id")),
        None => {
            let error = "passed over, and not stored: a unique key of another row's is in the way";
            Verdict::Retry(Rejection::new("not-stored", error), None)
        }
    };
    rows.iter().map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: [[u8; 16]; 3] = [[1; 16], [2; 16], [3; 16]];

    fn row(id: usize, message: &str) -> Row<'_> {
        Row { id: &ID[id], message, sent_at: None, lane: None }
    }

    fn stored(rows: &[(usize, &str)]) -> HashMap<Vec<u8>, String> {
        rows.iter().map(|(id, text)| (ID[*id].to_vec(), (*text).to_owned())).collect()
    }

    #[test]
    fn only_a_row_that_is_seen_with_another_text_is_reused() {
        let rows = [row(0, "a"), row(1, "b"), row(2, "c")];
        let verdicts = compare(&rows, &stored(&[(0, "a"), (1, "other")]), 0);
        assert_eq!(verdicts[0], Verdict::Duplicate);
        assert!(matches!(&verdicts[1], Verdict::Reject(why) if why.reason() == "id-reused"));
        assert!(matches!(&verdicts[2], Verdict::Retry(why, None) if why.reason() == "not-stored"));
    }

    #[test]
    fn as_many_are_duplicates_as_were_not_new() {
        let rows = [row(0, "a"), row(0, "a"), row(1, "b")];
        let verdicts = compare(&rows, &stored(&[(0, "a"), (1, "b")]), 2);
        assert_eq!(verdicts, [Verdict::Duplicate, Verdict::Done, Verdict::Done]);
    }
}
