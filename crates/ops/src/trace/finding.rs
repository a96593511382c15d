//! What was found of a message, and what that means in plain words.

use std::io::{self, Write};

use engine::depth::Depth;
use serde::Serialize;

use super::places::{FoundDeadLetter, Mark, Row, Waiting};
use crate::dlq::filter::NONE;
use crate::text;

/// Everything that is known of one message.
#[derive(Debug, Default, Serialize)]
pub(super) struct Finding {
    pub(super) id: String,
    pub(super) rows: Vec<Row>,
    pub(super) marks: Vec<Mark>,
    pub(super) letters: Vec<FoundDeadLetter>,
    /// Dead letters that were looked at; none where there is no dead-letter queue.
    pub(super) letters_seen: Option<usize>,
    /// How many were not looked at.
    pub(super) letters_unseen: u64,
    pub(super) on_queue: Vec<Waiting>,
    /// Messages of the queue that were looked at.
    pub(super) queue_seen: Option<usize>,
    pub(super) queue: Depth,
}

impl Finding {
    pub(super) fn is_found(&self) -> bool {
        !(self.rows.is_empty()
            && self.marks.is_empty()
            && self.letters.is_empty()
            && self.on_queue.is_empty())
    }

    /// One line in plain words.
    pub(super) fn verdict(&self) -> String {
        let stored = self.rows.iter().map(|row| format!("stored at {}", row.stored_at));
        let done =
            self.marks.iter().map(|mark| format!("done at {} by {}", mark.done_at, text::plain(&mark.job)));
        let dead = self.letters.iter().map(|letter| match (&letter.reason, letter.moved_by_sqs) {
            (Some(reason), _) => format!("dead-lettered: reason {}", text::plain(reason)),
            (None, why) => format!("dead-lettered by SQS itself: {}", why.unwrap_or(NONE)),
        });
        let waiting =
            self.on_queue.iter().map(|found| format!("on the queue: received {} times", found.receives));
        let found: Vec<_> = stored.chain(done).chain(dead).chain(waiting).collect();
        if found.is_empty() { self.nowhere() } else { found.join("; ") }
    }

    fn nowhere(&self) -> String {
        let letters = match (self.letters_seen, self.letters_unseen) {
            (None, _) => "not stored, and there is no dead-letter queue".to_owned(),
            (Some(_), 0) => "neither stored nor a dead letter".to_owned(),
            (Some(seen), unseen) => {
                format!(
                    "not stored, and none of the {seen} dead letters looked at (about {unseen} more were not)"
                )
            }
        };
        let searched = match self.queue_seen {
            None => "still on the queue".to_owned(),
            Some(seen) => format!("still on the queue, though not among {seen} messages received from it"),
        };
        format!("{letters}: {searched} ({}), or was never sent, or its retention ended", self.queue)
    }

    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{}", self.verdict())?;
        let dash = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), text::plain);
        for row in &self.rows {
            let lag = row.lag_ms.map_or_else(|| "-".to_owned(), |lag| format!("{lag} ms"));
            writeln!(
                out,
                "  row     {}: {} bytes, sent {}, lag {lag}",
                row.id,
                row.bytes,
                dash(&row.sent_at)
            )?;
            body(row.body.as_deref(), out)?;
        }
        for letter in &self.letters {
            let (id, since) = (text::plain(&letter.id), dash(&letter.dead_since));
            writeln!(
                out,
                "  letter  {id}: {} bytes, since {since}, attempts {}",
                letter.bytes,
                dash(&letter.attempts)
            )?;
            let group = in_group(letter.group.as_deref());
            writeln!(out, "          error {}, from {}{group}", dash(&letter.error), dash(&letter.source))?;
            body(letter.body.as_deref(), out)?;
        }
        for found in &self.on_queue {
            let (id, sent) = (text::plain(&found.message_id), dash(&found.sent_at));
            let group = in_group(found.group.as_deref());
            writeln!(out, "  waiting {id}: sent {sent}, received {} times{group}", found.receives)?;
        }
        if self.queue_seen.is_none() {
            writeln!(
                out,
                "  queue   {}; not searched: that would spend receives (--search-queue)",
                self.queue
            )?;
        }
        Ok(())
    }
}

fn in_group(group: Option<&str>) -> String {
    group.map_or_else(String::new, |group| format!(", in group {}", text::plain(group)))
}

fn body(body: Option<&str>, out: &mut impl Write) -> io::Result<()> {
    body.map_or(Ok(()), |body| writeln!(out, "          body {body:?}"))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use shared::message::DedupId;

    use super::*;
    use mysql::store::find::Stored;

    #[test]
    fn the_verdict_says_only_what_was_looked_at() {
        let mut finding = Finding {
            letters_seen: Some(3),
            queue: Depth { waiting: 2, ..Depth::default() },
            ..Finding::default()
        };
        assert!(!finding.is_found());
        let depth = "about 2 waiting, 0 in flight, 0 delayed";
        let verdict = format!(
            "neither stored nor a dead letter: still on the queue ({depth}), or was never sent, or its retention ended"
        );
        assert_eq!(finding.verdict(), verdict);
        finding.letters_unseen = 7;
        assert!(
            finding
                .verdict()
                .starts_with("not stored, and none of the 3 dead letters looked at (about 7 more were not)")
        );
        finding.letters_seen = None;
        assert!(finding.verdict().starts_with("not stored, and there is no dead-letter queue"));
        finding.queue_seen = Some(5);
        assert!(finding.verdict().contains("though not among 5 messages"));
    }

    #[test]
    fn what_was_found_twice_is_said_twice() {
        let letter = sqs::dead_letter::testing::letter("m", "secret", &[("dlq-reason", "id-reused")]);
        let stored = Stored { stored_at: NaiveDateTime::default(), sent_at: None, bytes: 6 };
        let row = Row::new(DedupId::of("m"), stored, None);
        let finding = Finding {
            rows: vec![row],
            letters: vec![FoundDeadLetter::new(&letter, false)],
            ..Finding::default()
        };
        assert_eq!(finding.verdict(), "stored at 1970-01-01T00:00:00.000Z; dead-lettered: reason id-reused");
        let mut text = Vec::new();
        finding.write(&mut text).unwrap();
        assert!(finding.is_found() && !String::from_utf8(text).unwrap().contains("secret"));
    }

    #[test]
    fn a_group_is_shown_where_there_is_one() {
        let told = |group: Option<&str>| {
            let mut letter = sqs::dead_letter::testing::letter("m", "b", &[]);
            letter.message.group = group.map(str::to_owned);
            let (letters, on_queue) = (vec![FoundDeadLetter::new(&letter, false)], vec![(&letter).into()]);
            let mut text = Vec::new();
            Finding { letters, on_queue, ..Finding::default() }.write(&mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        assert_eq!(told(Some("tenant\n1")).matches(r", in group tenant\n1").count(), 2);
        assert!(!told(None).contains("group"));
    }

    #[test]
    fn a_letter_that_sqs_moved_is_told_as_such() {
        let letter = sqs::dead_letter::testing::letter("m", "b", &[]);
        let finding = Finding { letters: vec![FoundDeadLetter::new(&letter, false)], ..Finding::default() };
        let verdict = "dead-lettered by SQS itself: its receives were spent, such as by crashes";
        assert_eq!(finding.verdict(), verdict);
    }
}
