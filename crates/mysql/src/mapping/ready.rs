//! A mapping and its table, made ready for messages.

use super::facts::Facts;
use super::file::Mapping;
use super::keys::{filled_keys, is_of};
use super::kind::Kind;
use super::plan::Plan;
use super::row::Row;
use super::source::Existing;
use super::statement::Template;

/// What depends on how the table was found.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) plan: Plan,
    pub(crate) template: Template,
    pub(crate) existing: Existing,
    /// The columns of the key that rows are updated by.
    key: Vec<usize>,
    /// Whether the server may take keys for equal whose bytes differ.
    is_text: bool,
}

impl Ready {
    pub(crate) fn of(mapping: &Mapping, facts: &Facts) -> Self {
        let plan = Plan::of(mapping, Some(facts));
        let keys = filled_keys(mapping, facts);
        let is_of_key = |name: &str| keys.first().is_some_and(|key| is_of(key, name));
        let columns = plan.columns.iter().enumerate().filter(|(_, column)| is_of_key(&column.spec.name));
        let key: Vec<_> = columns.map(|(place, _)| place).collect();
        let is_text =
            key.iter().any(|place| matches!(plan.columns[*place].kind, Kind::Text(_) | Kind::Words));
        let template = Template::of(mapping, facts);
        Self { plan, template, existing: mapping.existing.value, key, is_text }
    }

    /// Rows in the order of their keys, as statements that lock rows in one order cannot deadlock. Rows
    /// with one key keep their own order, the last one counts. Where rows have an order and nobody but the
    /// server knows which texts are one key, they stay as they are.
    pub(crate) fn ordered<'r, 'm>(&self, rows: &[&'r Row<'m>]) -> Vec<&'r Row<'m>> {
        let mut rows = rows.to_vec();
        let has_order = rows.iter().any(|row| row.lane.is_some());
        if !(has_order && self.is_text) {
            rows.sort_by(|one, other| self.key_of(one).cmp(self.key_of(other)));
        }
        rows
    }

    fn key_of<'r>(&'r self, row: &'r Row<'_>) -> impl Iterator<Item = &'r [u8]> {
        self.key.iter().map(|place| row.values[*place].as_bytes())
    }

    /// Whether messages become the same rows.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        let kinds = |ready: &Self| ready.plan.columns.iter().map(|column| column.kind).collect::<Vec<_>>();
        self.template == other.template && kinds(self) == kinds(other)
    }
}

#[cfg(test)]
mod tests {
    use shared::message::DedupId;

    use super::super::tests::table::orders;
    use super::super::value::Value;
    use super::*;

    fn ready(column: &str) -> Ready {
        let text = format!("table = \"orders\"\n[columns]\n{column}\ntotal = \"/total\"");
        Ready::of(&Mapping::parse("m.toml", &text).unwrap(), &orders())
    }

    fn totals(ready: &Ready, lane: Option<&'static str>) -> String {
        let row = |(key, total): (&'static str, &'static str)| {
            let values = vec![Value::Text(key.into()), Value::Text(total.into())];
            Row { id: DedupId::of(total), lane, values }
        };
        let rows = [("2", "a"), ("1", "b"), ("2", "c"), ("1", "d")].map(row);
        let rows: Vec<_> = rows.iter().collect();
        let total = |row: &&Row<'_>| String::from_utf8(row.values[1].as_bytes().to_vec()).unwrap();
        ready.ordered(&rows).iter().map(total).collect()
    }

    #[test]
    fn rows_are_in_the_order_of_their_keys_and_of_one_key_in_their_own() {
        let (number, text) = (ready("id = \"/id\""), ready("number = \"/number\""));
        assert_eq!((totals(&number, Some("lane")).as_str(), totals(&text, None).as_str()), ("bdac", "bdac"));
        assert_eq!(totals(&text, Some("lane")), "abcd");
    }
}
