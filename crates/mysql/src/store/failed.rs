//! The lanes in which a row was not stored: what is behind it is not tried.

use std::borrow::Cow;
use std::collections::HashSet;

use engine::verdict::Verdict;

/// What has a place in an order.
pub(crate) trait Laned<'a> {
    /// What it must be stored in order with; `None`: it has no order.
    fn lane(&self) -> Option<&'a str>;
}

/// Lanes that wait for one of their rows.
#[derive(Debug, Default)]
pub(crate) struct Failed<'a>(HashSet<&'a str>);

impl<'a> Failed<'a> {
    /// Those rows that are behind none that failed.
    pub(crate) fn free<'r, R: Laned<'a> + Copy>(&self, rows: &'r [R]) -> Cow<'r, [R]> {
        if self.0.is_empty() {
            return Cow::Borrowed(rows);
        }
        Cow::Owned(rows.iter().filter(|row| self.is_free(*row)).copied().collect())
    }

    /// Adds a verdict for each of `rows`: what is `known` of the free ones, and that the others are behind.
    pub(crate) fn note<R: Laned<'a>>(
        &mut self,
        rows: &[R],
        known: Vec<Verdict>,
        verdicts: &mut Vec<Verdict>,
    ) {
        let mut known = known.into_iter();
        let of = |row: &R| if self.is_free(row) { known.next() } else { None };
        let judged: Vec<_> = rows.iter().map(of).map(|verdict| verdict.unwrap_or(Verdict::Behind)).collect();
        let stored = |verdict: &Verdict| matches!(verdict, Verdict::Done | Verdict::Duplicate);
        let failed = rows.iter().zip(&judged).filter(|(_, verdict)| !stored(verdict));
        self.0.extend(failed.filter_map(|(row, _)| row.lane()));
        verdicts.extend(judged);
    }

    fn is_free(&self, row: &impl Laned<'a>) -> bool {
        !row.lane().is_some_and(|lane| self.0.contains(lane))
    }
}

#[cfg(test)]
mod tests {
    use engine::verdict::Rejection;

    use super::*;

    #[derive(Clone, Copy)]
    struct Row(Option<&'static str>);

    impl Laned<'static> for Row {
        fn lane(&self) -> Option<&'static str> {
            self.0
        }
    }

    fn row(lane: Option<&'static str>) -> Row {
        Row(lane)
    }

    #[test]
    fn what_is_behind_a_row_that_failed_is_not_tried_and_others_are() {
        let rows = [row(Some("a")), row(Some("b")), row(None)];
        let (mut failed, mut verdicts) = (Failed::default(), Vec::new());
        let bad = || Verdict::Reject(Rejection::new("data-error", "e"));
        failed.note(&rows, vec![bad(), Verdict::Done, bad()], &mut verdicts);
        assert_eq!(failed.free(&rows).len(), 2);
        failed.note(&rows, vec![Verdict::Duplicate, Verdict::Done], &mut verdicts);
        assert_eq!(verdicts[3..], [Verdict::Behind, Verdict::Duplicate, Verdict::Done]);
    }
}
