//! Which rows of a claim go into which call: of each group one call at a time, its rows in their order.

use std::collections::VecDeque;
use std::sync::Arc;

use shared::limits::{MAX_BATCH, MAX_BYTES};

use super::port::{Lane, Row};
use crate::outgoing::Outgoing;
use crate::trace::CONTEXT;

/// What is left to be sent of a claim.
#[derive(Debug, Default)]
pub(super) struct Plan {
    queues: VecDeque<Queue>,
}

/// What is left for one queue.
#[derive(Debug)]
struct Queue {
    name: Arc<str>,
    /// How many rows of one group may be in one call.
    of_group: usize,
    /// Of none of them is a row under way.
    ready: VecDeque<Run>,
}

/// Rows that have to follow each other.
#[derive(Debug)]
struct Run {
    lane: Lane,
    rows: VecDeque<(u64, Outgoing)>,
}

/// Rows that go together.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) queue: Arc<str>,
    pub(super) messages: Vec<Outgoing>,
    pub(super) seqs: Vec<u64>,
    /// Of each of its groups what is left, and how many of the rows are its.
    runs: Vec<(Run, usize)>,
}

impl Plan {
    /// Of rows that can be sent; `of_group` says of a queue how many rows of one group may be in one call.
    pub(super) fn new(rows: Vec<(Row, Outgoing)>, of_group: impl Fn(&str) -> usize) -> Self {
        let mut plan = Self::default();
        for (row, message) in rows {
            plan.queue(&row.queue, &of_group).add(&row, message);
        }
        plan
    }

    fn queue(&mut self, name: &Arc<str>, of_group: impl Fn(&str) -> usize) -> &mut Queue {
        let place = self.queues.iter().position(|queue| queue.name == *name).unwrap_or_else(|| {
            let of_group = of_group(name).max(1);
            self.queues.push_back(Queue { name: name.clone(), of_group, ready: VecDeque::new() });
            self.queues.len() - 1
        });
        &mut self.queues[place]
    }

    /// The next call, if one can begin now. Queues take turns.
    pub(super) fn next(&mut self) -> Option<Call> {
        for _ in 0..self.queues.len() {
            self.queues.rotate_left(1);
            if let Some(call) = self.queues.back_mut().and_then(Queue::next) {
                return Some(call);
            }
        }
        None
    }

    /// A call was answered. What follows the rows that `is_sent` says yes to, by their place in the call,
    /// can go now; where one of a group failed, what follows it is left for a later claim.
    pub(super) fn answered(&mut self, call: Call, is_sent: impl Fn(usize) -> bool) {
        let Some(queue) = self.queues.iter_mut().find(|queue| queue.name == call.queue) else { return };
        let mut begin = 0;
        for (run, count) in call.runs {
            let is_whole = (begin..begin + count).all(&is_sent);
            begin += count;
            if is_whole && !run.rows.is_empty() {
                queue.ready.push_back(run);
            }
        }
    }

    /// Leaves all that is left for this queue to a later claim.
    pub(super) fn drop_queue(&mut self, name: &str) {
        self.queues.retain(|queue| &*queue.name != name);
    }
}

impl Queue {
    fn add(&mut self, row: &Row, message: Outgoing) {
        let lane = row.lane();
        // Rows of one group mostly come one after another.
        match self.ready.iter_mut().rev().find(|run| run.lane == lane && row.group.is_some()) {
            Some(run) => run.rows.push_back((row.seq, message)),
            None => self.ready.push_back(Run { lane, rows: VecDeque::from([(row.seq, message)]) }),
        }
    }

    fn next(&mut self) -> Option<Call> {
        let (mut messages, mut seqs, mut runs, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while messages.len() < MAX_BATCH {
            let Some(mut run) = self.ready.pop_front() else { break };
            let most = self.of_group.min(MAX_BATCH - messages.len());
            let taken = run.take(most, MAX_BYTES.saturating_sub(bytes), messages.is_empty());
            if taken.is_empty() {
                self.ready.push_front(run);
                break;
            }
            runs.push((run, taken.len()));
            for (seq, message) in taken {
                bytes += message.bytes() + CONTEXT;
                seqs.push(seq);
                messages.push(message);
            }
        }
        (!messages.is_empty()).then(|| Call { queue: self.name.clone(), messages, seqs, runs })
    }
}

impl Run {
    /// Up to so many rows and bytes; `at_least_one` in any case, if so.
    fn take(&mut self, most: usize, room: usize, at_least_one: bool) -> Vec<(u64, Outgoing)> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while taken.len() < most {
            let Some((_, message)) = self.rows.front() else { break };
            bytes += message.bytes() + CONTEXT;
            if bytes > room && !(at_least_one && taken.is_empty()) {
                break;
            }
            taken.extend(self.rows.pop_front());
        }
        taken
    }
}

impl Call {
    /// Of each row its number and its lane.
    pub(super) fn rows(&self) -> impl Iterator<Item = (u64, &Lane)> {
        let lanes = self.runs.iter().flat_map(|(run, count)| std::iter::repeat_n(&run.lane, *count));
        self.seqs.iter().copied().zip(lanes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rows: &[(u64, &str, Option<&str>)], of_group: usize) -> Plan {
        sized(rows, of_group, 1)
    }

    fn sized(rows: &[(u64, &str, Option<&str>)], of_group: usize, bytes: usize) -> Plan {
        let row = |(seq, queue, group): &(u64, &str, Option<&str>)| {
            let message = Outgoing::new(seq.to_string(), "x".repeat(bytes));
            let group = group.map(str::to_owned);
            (Row { seq: *seq, queue: (*queue).into(), group, message: Ok(message.clone()) }, message)
        };
        Plan::new(rows.iter().map(row).collect(), |_| of_group)
    }

    #[test]
    fn rows_without_a_group_go_ten_a_call() {
        let rows: Vec<_> = (1..=25).map(|seq| (seq, "q", None)).collect();
        let mut plan = plan(&rows, 1);
        let calls: Vec<_> = std::iter::from_fn(|| plan.next()).map(|call| call.seqs.len()).collect();
        assert_eq!(calls, [10, 10, 5]);
    }

    #[test]
    fn a_group_is_in_one_call_at_a_time_and_goes_on_once_that_was_confirmed() {
        let rows = [(1, "q", Some("a")), (2, "q", Some("b")), (3, "q", Some("a")), (4, "q", None)];
        let mut plan = plan(&rows, 1);
        let call = plan.next().unwrap();
        assert_eq!(call.seqs, [1, 2, 4]);
        assert!(plan.next().is_none());
        plan.answered(call, |_| true);
        assert_eq!(plan.next().unwrap().seqs, [3]);
    }

    #[test]
    fn what_follows_a_row_that_failed_is_left() {
        let rows = [(1, "q", Some("a")), (2, "q", Some("b")), (3, "q", Some("a")), (4, "q", Some("b"))];
        let mut plan = plan(&rows, 1);
        let call = plan.next().unwrap();
        plan.answered(call, |place| place == 1);
        assert_eq!(plan.next().unwrap().seqs, [4]);
        assert!(plan.next().is_none());
    }

    #[test]
    fn several_rows_of_a_group_share_a_call_only_where_they_may() {
        let rows: Vec<_> = (1..=12).map(|seq| (seq, "q", Some("a"))).collect();
        let mut plan = plan(&rows, 10);
        let call = plan.next().unwrap();
        assert_eq!(call.seqs, (1..=10).collect::<Vec<_>>());
        plan.answered(call, |_| true);
        assert_eq!(plan.next().unwrap().seqs, [11, 12]);
    }

    #[test]
    fn a_call_holds_as_many_bytes_as_sqs_takes() {
        let rows: Vec<_> = (1..=4).map(|seq| (seq, "q", None)).collect();
        let mut plan = sized(&rows, 1, 400_000);
        let calls: Vec<_> = std::iter::from_fn(|| plan.next()).map(|call| call.seqs).collect();
        assert_eq!(calls, [vec![1, 2], vec![3, 4]]);
        let mut plan = sized(&[(1, "q", None)], 1, 2 * MAX_BYTES);
        assert_eq!(plan.next().unwrap().seqs, [1]);
        let mut plan = sized(&[(1, "q", None), (2, "q", None)], 1, 2 * MAX_BYTES);
        assert_eq!([plan.next().unwrap().seqs, plan.next().unwrap().seqs], [[1], [2]]);
    }

    #[test]
    fn queues_take_turns_and_one_of_them_can_be_left_alone() {
        let rows: Vec<_> = (1..=30).map(|seq| (seq, if seq <= 20 { "a" } else { "b" }, None)).collect();
        let mut plan = plan(&rows, 1);
        let queues: Vec<_> = (0..2).map(|_| plan.next().unwrap().queue.to_string()).collect();
        assert!(queues.contains(&"a".to_owned()) && queues.contains(&"b".to_owned()));
        plan.drop_queue("a");
        assert!(plan.next().is_none());
    }
}
