//! Which rows a relay asks for: of each group the first ones, unless they are somebody else's or excepted.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use outbound::relay::port::{Except, Lane};

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

/// A way along the rows, a window of them after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Search {
    /// Rows up to this number were passed by.
    pub(super) after: u64,
    /// Groups that have rows among these: what follows of them has to wait for those.
    passed: HashSet<Lane>,
}

impl Seen {
    fn lane(&self) -> Lane {
        Lane::of(self.seq, &self.queue, self.group.as_deref())
    }
}

impl Search {
    /// The first row of each group of a window, and each row without one, as far as they may be asked
    /// for. A window is what follows the rows that were passed by, so a group's first row in it is the
    /// first that there is.
    pub(super) fn heads(&self, window: &[Seen], except: &Except) -> Vec<u64> {
        let mut groups = HashSet::new();
        let mut is_head = |seen: &Seen| {
            let lane = seen.lane();
            let is_free = !except.queues.contains(&seen.queue)
                && !except.lanes.contains(&lane)
                && !self.passed.contains(&lane);
            is_free && groups.insert(lane)
        };
        window.iter().filter(|seen| is_head(seen)).map(|seen| seen.seq).collect()
    }

    /// Nothing of the window is to be had: looks behind it from now on.
    pub(super) fn pass(&mut self, window: &[Seen]) {
        self.after = window.last().map_or(self.after, |seen| seen.seq);
        self.passed.extend(window.iter().filter(|seen| seen.group.is_some()).map(Seen::lane));
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
        search.pass(&window(&["a", "", "b"]));
        assert_eq!(search.after, 3);
        let behind = [seen(4, Some("a")), seen(5, Some("c")), seen(6, None)];
        assert_eq!(search.heads(&behind, &Except::default()), [5, 6]);
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
