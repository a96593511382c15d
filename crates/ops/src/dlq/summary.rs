//! `dlq ls`: the letters by reason.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::time::SystemTime;

use serde::{Serialize, Serializer};
use shared::message::DedupId;
use sqs::dead_letter::message::DeadLetter;

use super::args::LsArgs;
use super::error::Error;
use super::filter::NONE;
use super::session::Session;
use crate::text;

/// In JSON as in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(SystemTime);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        text::time(self.0).serialize(serializer)
    }
}

/// Dead letters with one reason.
#[derive(Debug, Default, Serialize)]
struct Group {
    /// None: SQS moved them by itself.
    reason: Option<String>,
    count: usize,
    oldest: Option<Moment>,
    newest: Option<Moment>,
    /// Names one of them.
    example: String,
    /// The example's error without what it quotes; without a reason, why there may be none.
    error: Option<String>,
}

/// All of them.
#[derive(Debug, Default)]
struct Groups {
    by_reason: HashMap<Option<String>, Group>,
    names: HashSet<DedupId>,
    of_messages: HashSet<String>,
}

#[derive(Serialize)]
struct Listing<'a> {
    queue: &'a str,
    letters: usize,
    /// Fewer than letters where a message is there twice.
    names: usize,
    without_reason: usize,
    /// How many were not looked at.
    more: u64,
    /// Different `MessageGroupId`s.
    message_groups: usize,
    groups: Vec<Group>,
}

pub(super) async fn ls(args: &LsArgs, session: &Session, out: &mut impl Write) -> Result<bool, Error> {
    let mut groups = Groups::default();
    let mut scan = session.scan(args.limit);
    let result = scan.each(|letter| groups.add(letter)).await;
    let looked = scan.close().await;
    result?;
    let (names, message_groups) = (groups.names.len(), groups.of_messages.len());
    let groups = groups.sorted();
    let without_reason = groups.iter().filter(|group| group.reason.is_none()).map(|group| group.count).sum();
    let (queue, letters, more) = (session.letters.url(), looked.letters, session.more(looked));
    let listing = Listing { queue, letters, names, without_reason, more, message_groups, groups };
    if args.json {
        serde_json::to_writer(&mut *out, &listing).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        listing.write(out)?;
    }
    Ok(session.ended(looked))
}

impl Groups {
    fn add(&mut self, letter: &DeadLetter) {
        let facts = letter.facts();
        self.names.insert(letter.message.id);
        self.of_messages.extend(letter.message.group.clone());
        let group = self.by_reason.entry(facts.reason.clone()).or_default();
        group.count += 1;
        let since = letter.dead_since().map(Moment);
        group.oldest = [group.oldest, since].into_iter().flatten().min();
        group.newest = group.newest.max(since);
        if group.count == 1 {
            group.reason = facts.reason;
            group.example = letter.name().into_owned();
            let why = letter.silence().map(str::to_owned);
            group.error = why.or_else(|| facts.error.as_deref().map(text::class));
        }
    }

    /// The largest first.
    fn sorted(self) -> Vec<Group> {
        let mut groups: Vec<_> = self.by_reason.into_values().collect();
        groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)));
        groups
    }
}

impl Group {
    /// A line of the table.
    fn cells(&self) -> [String; 6] {
        let time = |at: Option<Moment>| text::time_or_dash(at.map(|at| at.0));
        [
            self.reason.as_deref().map_or_else(|| NONE.to_owned(), text::plain),
            self.count.to_string(),
            time(self.oldest),
            time(self.newest),
            text::plain(&self.example),
            self.error.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    }
}

impl Listing<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        const TITLES: [&str; 6] = ["REASON", "COUNT", "OLDEST", "NEWEST", "EXAMPLE", "ERROR"];
        let lines = std::iter::once(TITLES.map(str::to_owned)).chain(self.groups.iter().map(Group::cells));
        let lines: Vec<_> = lines.collect();
        let widths: [usize; 6] =
            std::array::from_fn(|n| lines.iter().map(|cells| cells[n].chars().count()).max().unwrap_or(0));
        for cells in lines.iter().filter(|_| !self.groups.is_empty()) {
            let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}  "));
            writeln!(out, "{}", padded.collect::<String>().trim_end())?;
        }
        write!(out, "{}", text::letters(self.letters))?;
        if self.names < self.letters {
            write!(out, " of {} names (a crash while one is moved leaves it twice)", self.names)?;
        }
        if self.message_groups > 0 {
            write!(out, ", of message groups: {}", self.message_groups)?;
        }
        match self.without_reason {
            0 => writeln!(out),
            count => writeln!(out, ", {count} of them without a reason: SQS moved them by itself"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqs::dead_letter::testing::letter;

    #[test]
    fn letters_are_counted_by_reason_the_most_frequent_first() {
        let at = |n: u32| format!("2026-01-01T00:00:0{n}Z");
        let dead = |id, reason, n| {
            let at = at(n);
            letter(id, "b", &[("dlq-reason", reason), ("dlq-at", &at), ("dlq-error", "bad 'secret'")])
        };
        let mut groups = Groups::default();
        for letter in [
            dead("m0", "too-large", 1),
            dead("m1", "data-error", 3),
            dead("m2", "data-error", 2),
            letter("m3", "b", &[]),
        ] {
            groups.add(&letter);
        }
        assert_eq!(groups.names.len(), 4);
        let groups = groups.sorted();
        let counts: Vec<_> = groups.iter().map(|group| (group.reason.as_deref(), group.count)).collect();
        assert_eq!(counts, [(Some("data-error"), 2), (None, 1), (Some("too-large"), 1)]);
        let first = &groups[0];
        assert_eq!((first.example.as_str(), first.error.as_deref()), ("m1", Some("bad …")));
        let times = [first.oldest, first.newest].map(|at| text::time(at.unwrap().0));
        assert_eq!(times, ["2026-01-01T00:00:02.000Z", "2026-01-01T00:00:03.000Z"]);
    }

    #[test]
    fn a_message_that_is_there_twice_is_told() {
        let mut groups = Groups::default();
        for id in ["m0", "m1"] {
            let mut letter = letter(id, "b", &[("dedup-id", "order-1")]);
            letter.message.group = Some("tenant".to_owned());
            groups.add(&letter);
        }
        let (names, message_groups) = (groups.names.len(), groups.of_messages.len());
        let groups = groups.sorted();
        let listing =
            Listing { queue: "q", letters: 2, names, without_reason: 2, more: 0, message_groups, groups };
        let mut text = Vec::new();
        listing.write(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("2 letters of 1 names (a crash"), "{text}");
        assert!(text.contains(", of message groups: 1, 2 of them without"), "{text}");
        assert!(text.contains("its receives were spent"), "{text}");
    }
}
