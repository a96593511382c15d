//! A mapping made ready: each column with its kind, and the way to each value.

use super::facts::Facts;
use super::file::{Column, Filter, Mapping};
use super::kind::Kind;
use super::pointer::{Pointer, Pointers};
use super::source::Source;

/// How messages become rows.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) columns: Vec<Planned>,
    pub(crate) filter: Option<Filter>,
    pub(crate) pointers: Pointers,
    /// How many pointers there are, the filter's among them.
    pub(crate) pointer_count: usize,
}

/// A column and what it takes.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) spec: Column,
    pub(crate) kind: Kind,
    /// Of its pointer.
    pub(crate) place: Option<usize>,
}

impl Plan {
    /// For the table as it was found; without one any value fits.
    pub(crate) fn of(mapping: &Mapping, facts: Option<&Facts>) -> Self {
        let mut pointers: Vec<&Pointer> = Vec::new();
        // The filter is asked first.
        pointers.extend(mapping.filter.iter().map(|filter| &filter.pointer));
        let mut columns = Vec::with_capacity(mapping.columns.len());
        for spec in &mapping.columns {
            let place = match &spec.source {
                Source::Pointer(pointer) => {
                    pointers.push(pointer);
                    Some(pointers.len() - 1)
                }
                _ => None,
            };
            let kind = facts.and_then(|facts| facts.column(&spec.name));
            let kind = kind.map_or(Kind::Unknown, |found| Kind::of(&found.kind));
            columns.push(Planned { spec: spec.clone(), kind, place });
        }
        let pointer_count = pointers.len();
        let pointers = Pointers::of(pointers);
        Self { columns, filter: mapping.filter.clone(), pointers, pointer_count }
    }

    /// The line of the first one that needs JSON.
    pub(crate) fn first_line(&self) -> usize {
        let filter = self.filter.as_ref().map(|filter| filter.line);
        let column = || self.columns.iter().find(|column| column.place.is_some());
        filter.or_else(|| column().map(|column| column.spec.line)).unwrap_or(1)
    }
}
