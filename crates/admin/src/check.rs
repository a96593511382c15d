//! Checks as the server tells them, where several queues are shown with the queue's name.

use engine::monitor;
use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) ok: bool,
    pub(super) detail: String,
}

impl Check {
    /// These, each with the queue's name and a slash before its own.
    pub(super) fn of(queue: Option<&str>, checks: Vec<monitor::Check>) -> Vec<Self> {
        let check = |monitor::Check { name, ok, detail }| {
            let name = queue.map_or_else(|| name.to_owned(), |queue| format!("{queue}/{name}"));
            Self { name, ok, detail }
        };
        checks.into_iter().map(check).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_has_the_queues_name_before_its_own_only_where_queues_are_told_apart() {
        let check = monitor::Check { name: "database", ok: false, detail: "away".into() };
        let name = |queue| Check::of(queue, vec![check.clone()])[0].name.clone();
        assert_eq!((name(None).as_str(), name(Some("orders")).as_str()), ("database", "orders/database"));
    }
}
