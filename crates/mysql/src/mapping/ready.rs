//! A mapping and its table, made ready for messages.

use super::facts::Facts;
use super::file::Mapping;
use super::plan::Plan;
use super::source::Existing;
use super::statement::Template;

/// What depends on how the table was found.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) plan: Plan,
    pub(crate) template: Template,
    pub(crate) existing: Existing,
}

impl Ready {
    pub(crate) fn of(mapping: &Mapping, facts: &Facts) -> Self {
        let plan = Plan::of(mapping, Some(facts));
        Self { plan, template: Template::of(mapping, facts), existing: mapping.existing.value }
    }

    /// Whether messages become the same rows.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        let kinds = |ready: &Self| ready.plan.columns.iter().map(|column| column.kind).collect::<Vec<_>>();
        self.template == other.template && kinds(self) == kinds(other)
    }
}
