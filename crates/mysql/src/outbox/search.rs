//! Which rows a relay asks for: of each group the first ones, unless they are somebody else's or excepted.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

use outbound::relay::port::{Except, Lane};

use crate::literal::hex;

/// Rows of one claim, and how many locks it asks for.
pub(super) const CLAIM_ROWS: usize = 200;
/// Bytes of one claim, but for its first row.
const CLAIM_BYTES: u64 = 8 << 20;
/// Rows of one group in one claim: those of other groups must not wait for all of them.
const GROUP_ROWS: usize = 20;

/// A row as it is seen from afar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) seq: u64,
    pub(super) queue: Arc<str>,
    pub(super) group: Option<String>,
    pub(super) bytes: u64,
}

/// Groups that a look passes by: what a statement names costs the server time for each row.
const MOST_PASSED: usize = 500;

/// What a look has found to be other relays'. Each window begins with the first row that there is: a group is
/// left out as a whole, as a row may have been committed in the meantime that comes before those seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// Rows without a group up to this number.
    after: u64,
    groups: HashSet<Lane>,
}

impl Seen {
    fn lane(&self) -> Lane {
        Lane::of(self.seq, &self.queue, self.group.as_deref())
    }
}

impl Search {
    /// The rows to look at, as a condition of SQL.
    pub(super) fn condition(&self, except: &Except) -> String {
        let mut queues: Vec<_> = except.queues.iter().map(|queue| hex(queue.as_bytes())).collect();
        let mut groups: Vec<_> =
            self.groups.iter().chain(&except.lanes).filter_map(pair).take(MOST_PASSED).collect();
        queues.sort_unstable();
        groups.sort_unstable();
        let mut condition = format!("(group_id IS NOT NULL OR seq > {})", self.after);
        if !queues.is_empty() {
            let _ = write!(condition, " AND queue NOT IN ({})", queues.join(","));
        }
        if !groups.is_empty() {
            let groups = groups.join(",");
            let _ = write!(condition, " AND (group_id IS NULL OR (queue, group_id) NOT IN ({groups}))");
        }
        condition
    }

    /// The first row of each group of a window, and each row without one, as far as they may be asked
    /// for.
    pub(super) fn heads(&self, window: &[Seen], except: &Except) -> Vec<u64> {
        let mut groups = HashSet::new();
        let mut is_head = |seen: &Seen| {
            let lane = seen.lane();
            let is_free = !except.queues.contains(&seen.queue)
                && !except.lanes.contains(&lane)
                && !self.groups.contains(&lane);
            is_free && groups.insert(lane)
        };
        window.iter().filter(|seen| is_head(seen)).map(|seen| seen.seq).collect()
    }

    /// Nothing of the window is to be had. Returns whether there may be more to look at.
    pub(super) fn pass(&mut self, window: &[Seen]) -> bool {
        let single = window.iter().rev().find(|seen| seen.group.is_none());
        self.after = single.map_or(self.after, |seen| seen.seq.max(self.after));
        self.groups.extend(window.iter().filter(|seen| seen.group.is_some()).map(Seen::lane));
        self.groups.len() < MOST_PASSED
    }
}

fn pair(lane: &Lane) -> Option<String> {
    match lane {
        Lane::Group(queue, group) => Some(format!("({},{})", hex(queue.as_bytes()), hex(group.as_bytes()))),
        Lane::Row(_) => None,
    }
}

/// What to claim of a window, once these heads are locked: each with rows that follow it in its group.
pub(super) fn claimable<'w>(window: &'w [Seen], locked: &HashSet<u64>) -> Vec<&'w Seen> {
    let (mut claimed, mut bytes, mut counts) = (Vec::new(), 0, HashMap::<Lane, usize>::new());
    for seen in window {
        let lane = seen.lane();
        let count = counts.get(&lane).copied();
        if !locked.contains(&seen.seq) && count.is_none() || count.unwrap_or(0) >= GROUP_ROWS {
            continue;
        }
        bytes += seen.bytes;
        if claimed.len() == CLAIM_ROWS || bytes > CLAIM_BYTES && !claimed.is_empty() {
            break;
        }
        *counts.entry(lane).or_default() += 1;
        claimed.push(seen);
    }
    claimed
}

/// Of what was claimed, what may be sent: of a group nothing that follows a row which was not `got`, as
/// another relay may have that one.
pub(super) fn unbroken(claimed: &[&Seen], got: &HashSet<u64>) -> HashSet<u64> {
    let (mut broken, mut whole) = (HashSet::new(), HashSet::new());
    for seen in claimed {
        let lane = seen.lane();
        if !got.contains(&seen.seq) {
            broken.insert(lane);
        } else if !broken.contains(&lane) {
            whole.insert(seen.seq);
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(seq: u64, group: Option<&str>) -> Seen {
        Seen { seq, queue: "q".into(), group: group.map(str::to_owned), bytes: 10 }
    }

    fn window(groups: &[&str]) -> Vec<Seen> {
        let group = |group: &&str| Some(*group).filter(|group| !group.is_empty()).map(str::to_owned);
        groups.iter().zip(1..).map(|(name, seq)| Seen { group: group(name), ..seen(seq, None) }).collect()
    }

    fn seqs(claimed: &[&Seen]) -> Vec<u64> {
        claimed.iter().map(|seen| seen.seq).collect()
    }

    #[test]
    fn a_group_is_asked_for_by_its_first_row_and_others_by_themselves() {
        let window = window(&["a", "", "a", "b", ""]);
        assert_eq!(Search::default().heads(&window, &Except::default()), [1, 2, 4, 5]);
    }

    #[test]
    fn a_group_of_which_others_have_the_first_row_is_not_asked_for_behind_it() {
        let mut search = Search::default();
        assert!(search.pass(&window(&["a", "", "b"])));
        let next = [seen(1, Some("a")), seen(4, Some("a")), seen(5, Some("c")), seen(6, None)];
        assert_eq!(search.heads(&next, &Except::default()), [5, 6]);
    }

    #[test]
    fn the_next_window_begins_anew_without_what_others_have() {
        let (mut search, mut except) = (Search::default(), Except::default());
        assert_eq!(search.condition(&except), "(group_id IS NOT NULL OR seq > 0)");
        search.pass(&window(&["a", "", "a"]));
        except.queues.insert("p".into());
        except.lanes.insert(Lane::Row(9));
        let condition = "(group_id IS NOT NULL OR seq > 2) AND queue NOT IN (x'70') \
             AND (group_id IS NULL OR (queue, group_id) NOT IN ((x'71',x'61')))";
        assert_eq!(search.condition(&except), condition);
    }

    #[test]
    fn what_is_excepted_is_not_asked_for_nor_what_follows_it() {
        let mut except = Except::default();
        except.lanes.extend([Lane::Group("q".into(), "a".into()), Lane::Row(2)]);
        let window = window(&["a", "", "a", "b"]);
        let mut search = Search::default();
        assert_eq!(search.heads(&window, &except), [4]);
        except.queues.insert("q".into());
        assert_eq!(search.heads(&window, &except), Vec::<u64>::new());
        search.pass(&window);
        assert_eq!(search.heads(&[seen(9, Some("a"))], &Except::default()), Vec::<u64>::new());
    }

    #[test]
    fn of_a_locked_group_what_follows_comes_along() {
        let window = window(&["a", "b", "a", "", "b", ""]);
        let claimed = claimable(&window, &HashSet::from([1, 6]));
        assert_eq!(seqs(&claimed), [1, 3, 6]);
    }

    #[test]
    fn a_claim_has_few_rows_of_one_group_and_not_too_much_in_all() {
        let hot = window(&["a"; 100]);
        assert_eq!(claimable(&hot, &HashSet::from([1])).len(), GROUP_ROWS);
        let many = window(&[""; 1_000]);
        assert_eq!(claimable(&many, &(1..=1_000).collect()).len(), CLAIM_ROWS);
        let large: Vec<_> = many.into_iter().map(|seen| Seen { bytes: 5 << 20, ..seen }).collect();
        assert_eq!(claimable(&large, &(1..=1_000).collect()).len(), 1);
    }

    #[test]
    fn nothing_of_a_group_is_sent_behind_a_row_that_another_relay_has() {
        let window = window(&["a", "a", "b", "a", "b"]);
        let claimed: Vec<_> = window.iter().collect();
        assert_eq!(unbroken(&claimed, &HashSet::from([1, 3, 4, 5])), HashSet::from([1, 3, 5]));
    }
}
