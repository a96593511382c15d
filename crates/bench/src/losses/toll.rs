//! What a fault has cost: what was sent against what is there, told apart by bodies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::traffic::Sent;

/// Bodies, by where they are in the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) rows: Vec<String>,
    pub(super) letters: Vec<String>,
    pub(super) left: Vec<String>,
}

/// The counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Toll {
    /// Healthy ones that are nowhere.
    lost: usize,
    /// Bodies with more than one row.
    doubled: usize,
    /// Healthy ones in the dead-letter queue, also where they have a row: a letter is work for people.
    healthy: usize,
    /// Bad ones in the dead-letter queue, where they belong.
    letters: usize,
    /// Bad ones that are nowhere.
    vanished: usize,
    /// Still on the queue.
    left: usize,
}

impl Toll {
    /// Compares.
    pub(super) fn take(messages: &[Sent], found: &Found) -> Self {
        let bad: BTreeSet<_> = messages.iter().filter(|sent| sent.is_bad()).map(|sent| &sent.body).collect();
        let there: BTreeSet<_> = [&found.rows, &found.letters, &found.left].into_iter().flatten().collect();
        let bodies: BTreeSet<_> = messages.iter().map(|sent| &sent.body).collect();
        let mut rows = BTreeMap::new();
        for body in &found.rows {
            *rows.entry(body).or_insert(0) += 1;
        }
        let is_bad = |body: &&String| bad.contains(body);
        let nowhere = || bodies.iter().copied().filter(|body| !there.contains(body));
        Self {
            lost: nowhere().filter(|body| !is_bad(body)).count(),
            doubled: rows.values().filter(|rows| **rows > 1).count(),
            healthy: found.letters.iter().filter(|body| !is_bad(body)).count(),
            letters: found.letters.iter().filter(is_bad).count(),
            vanished: nowhere().filter(is_bad).count(),
            left: found.left.len(),
        }
    }
}

/// A cell of the table: what is harm is bold.
impl fmt::Display for Toll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let harm = |count: usize| if count == 0 { "0".to_owned() } else { format!("**{count}**") };
        write!(f, "{}/{}/{}", harm(self.lost), harm(self.doubled), harm(self.healthy))?;
        if self.letters > 0 {
            write!(f, ", {} letters", self.letters)?;
        }
        for (count, what) in [(self.vanished, "vanished"), (self.left, "left")] {
            if count > 0 {
                write!(f, ", **{count} {what}**")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::traffic::sent;
    use super::*;

    fn found(rows: &[u8], letters: &[u8], left: &[u8]) -> Found {
        let bodies =
            |numbers: &[u8]| numbers.iter().map(|number| format!("hello world {number}")).collect::<Vec<_>>();
        Found { rows: bodies(rows), letters: bodies(letters), left: bodies(left) }
    }

    fn toll(rows: &[u8], letters: &[u8], left: &[u8]) -> String {
        Toll::take(&sent(3), &found(rows, letters, left)).to_string()
    }

    #[test]
    fn each_kind_of_harm_is_counted() {
        assert_eq!(toll(&[1, 2, 3], &[], &[]), "0/0/0");
        assert_eq!(toll(&[1, 2], &[], &[]), "**1**/0/0");
        assert_eq!(toll(&[1, 2, 3, 3, 3], &[], &[]), "0/**1**/0");
        assert_eq!(toll(&[1, 2], &[3], &[]), "0/0/**1**");
        assert_eq!(toll(&[1, 2], &[], &[3]), "0/0/0, **1 left**");
    }

    #[test]
    fn a_bad_message_belongs_into_the_dead_letter_queue() {
        let mut messages = sent(3);
        messages[2].spoil();
        let mut found = found(&[1, 2], &[], &[]);
        assert_eq!(Toll::take(&messages, &found).to_string(), "0/0/0, **1 vanished**");
        found.letters.push(messages[2].body.clone());
        assert_eq!(Toll::take(&messages, &found).to_string(), "0/0/0, 1 letters");
    }
}
