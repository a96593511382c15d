//! A batch, message by message: which have a row, and what is known of the others without the database.

use std::collections::HashSet;

use engine::delivery::Delivery;
use engine::verdict::{Unavailable, Verdict};

use super::file::Mapping;
use super::known::Known;
use super::plan::Plan;
use super::row::{Made, Row};

/// What a batch comes to before it is stored, in its order.
#[derive(Debug)]
pub(crate) struct Judged<'m>(Vec<(Option<&'m str>, One<'m>)>);

#[derive(Debug)]
enum One<'m> {
    Row(Row<'m>),
    /// It has no row.
    Known(Verdict),
}

/// Makes the rows of a batch. What is behind one of its lane that has none waits for that one.
pub(crate) fn judge<'m>(plan: &Plan, batch: &'m [Delivery], known: &Known, mapping: &Mapping) -> Judged<'m> {
    let mut failed = HashSet::new();
    let of = |delivery: &'m Delivery| {
        let lane = delivery.lane();
        // It is looked at in any case: it may show what works.
        let one = one(plan.row(&delivery.message, lane, known), mapping);
        let one =
            if lane.is_some_and(|lane| failed.contains(lane)) { One::Known(Verdict::Behind) } else { one };
        if !matches!(one, One::Row(_) | One::Known(Verdict::Filtered)) {
            failed.extend(lane);
        }
        (lane, one)
    };
    Judged(batch.iter().map(of).collect())
}

fn one<'m>(made: Made<'m>, mapping: &Mapping) -> One<'m> {
    match made {
        Made::Row(row) => One::Row(row),
        Made::Filtered => One::Known(Verdict::Filtered),
        Made::Unfilterable => One::Known(Verdict::Unavailable(unfilterable(mapping))),
        Made::Refused(rejection) => One::Known(Verdict::Reject(rejection)),
    }
}

/// Taken for what the filter leaves out, messages would be deleted because of a slip of the pen.
fn unfilterable(mapping: &Mapping) -> Unavailable {
    let Some(filter) = &mapping.filter else { return Unavailable::passing("there is no filter") };
    Unavailable::permanent(format!(
        "{}:{}: no message had {} yet, which the filter asks for: correct the pointer, or send a message that \
         has it",
        mapping.file, filter.line, filter.pointer
    ))
    .in_doubt()
}

impl<'m> Judged<'m> {
    /// Those that are to be stored.
    pub(crate) fn rows(&self) -> Vec<&Row<'m>> {
        self.0.iter().filter_map(|(_, one)| if let One::Row(row) = one { Some(row) } else { None }).collect()
    }

    /// A verdict for each message, where `stored` says what became of [`rows`](Self::rows).
    pub(crate) fn with(&self, stored: Vec<Verdict>) -> Vec<Verdict> {
        let (mut stored, mut failed) = (stored.into_iter(), HashSet::new());
        let verdict = |(lane, one): &(Option<&'m str>, One<'m>)| {
            let verdict = match one {
                One::Row(_) => stored.next().unwrap_or(Verdict::Behind),
                One::Known(_) if lane.is_some_and(|lane| failed.contains(lane)) => Verdict::Behind,
                One::Known(verdict) => verdict.clone(),
            };
            if !matches!(verdict, Verdict::Done | Verdict::Duplicate | Verdict::Filtered) {
                failed.extend(*lane);
            }
            verdict
        };
        self.0.iter().map(verdict).collect()
    }
}

#[cfg(test)]
mod tests {
    use engine::verdict::Rejection;

    use super::*;

    fn row(lane: Option<&'static str>) -> (Option<&'static str>, One<'static>) {
        let id = shared::message::DedupId::of("a");
        (lane, One::Row(Row { id, lane, values: Vec::new() }))
    }

    fn bad() -> Verdict {
        Verdict::Reject(Rejection::new("malformed", "e"))
    }

    #[test]
    fn what_is_behind_a_row_that_failed_is_behind_even_if_it_has_none() {
        let all = Judged(vec![
            row(Some("a")),
            (Some("a"), One::Known(bad())),
            (Some("b"), One::Known(bad())),
            (None, One::Known(Verdict::Filtered)),
            row(Some("c")),
        ]);
        assert_eq!(all.rows().len(), 2);
        let verdicts = all.with(vec![bad(), Verdict::Done]);
        assert_eq!(verdicts, [bad(), Verdict::Behind, bad(), Verdict::Filtered, Verdict::Done]);
    }
}
