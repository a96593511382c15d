//! What messages have shown of a mapping: a pointer that was followed once is no slip of the pen.
//!
//! Until then nobody can say whether the message is at fault or the file, and nothing is dead-lettered.

use std::sync::atomic::{AtomicBool, Ordering};

/// What was seen, of one place of the file.
#[derive(Debug, Default)]
struct Seen {
    /// It worked for some message.
    works: AtomicBool,
    /// It did not work for one, when it had worked for none.
    is_doubtful: AtomicBool,
}

/// What may turn out not to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trait {
    /// Bodies are JSON.
    Json,
    /// Messages have what the filter asks for.
    Filter,
    /// Messages have what this column asks for.
    Found(usize),
    /// The column's values can be made.
    Made(usize),
}

/// What was seen so far.
#[derive(Debug)]
pub(crate) struct Known {
    json: Seen,
    filter: Seen,
    columns: Vec<(Seen, Seen)>,
}

impl Known {
    /// Nothing yet, of so many columns.
    pub(crate) fn nothing(columns: usize) -> Self {
        let columns = (0..columns).map(|_| Default::default()).collect();
        Self { json: Seen::default(), filter: Seen::default(), columns }
    }

    fn seen(&self, of: Trait) -> &Seen {
        match of {
            Trait::Json => &self.json,
            Trait::Filter => &self.filter,
            Trait::Found(column) => &self.columns[column].0,
            Trait::Made(column) => &self.columns[column].1,
        }
    }

    /// It worked.
    pub(crate) fn works(&self, of: Trait) {
        let works = &self.seen(of).works;
        if !works.load(Ordering::Relaxed) {
            works.store(true, Ordering::Relaxed);
        }
    }

    /// It did not work. Returns whether the message must be at fault, as it worked for another.
    pub(crate) fn failed(&self, of: Trait) -> bool {
        let seen = self.seen(of);
        let works = seen.works.load(Ordering::Relaxed);
        if !works {
            seen.is_doubtful.store(true, Ordering::Relaxed);
        }
        works
    }

    /// The first that never worked, and should have.
    pub(crate) fn doubt(&self) -> Option<Trait> {
        self.all().find(|of| {
            let seen = self.seen(*of);
            seen.is_doubtful.load(Ordering::Relaxed) && !seen.works.load(Ordering::Relaxed)
        })
    }

    /// An operator says that the messages are at fault.
    pub(crate) fn accept(&self) {
        for of in self.all().filter(|of| self.seen(*of).is_doubtful.load(Ordering::Relaxed)) {
            self.works(of);
        }
    }

    fn all(&self) -> impl Iterator<Item = Trait> {
        let columns = (0..self.columns.len()).flat_map(|column| [Trait::Found(column), Trait::Made(column)]);
        [Trait::Json, Trait::Filter].into_iter().chain(columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_worked_once_is_the_messages_fault_from_then_on() {
        let known = Known::nothing(2);
        assert!(!known.failed(Trait::Found(1)));
        assert_eq!(known.doubt(), Some(Trait::Found(1)));
        known.works(Trait::Found(1));
        assert!(known.failed(Trait::Found(1)) && known.doubt().is_none());
        assert!(!known.failed(Trait::Made(1)), "that it is found does not say that it can be made");
    }

    #[test]
    fn what_an_operator_accepts_is_doubted_no_more() {
        let known = Known::nothing(1);
        assert!(!known.failed(Trait::Json));
        known.accept();
        assert!(known.doubt().is_none() && known.failed(Trait::Json));
        assert!(!known.failed(Trait::Found(0)), "only what was in doubt is accepted");
    }
}
