//! How many messages of each group are on loan.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Groups that are shown, at the most: each is a time series to whoever scrapes them.
const SHOWN: usize = 10;

/// The groups of messages that are on loan. Those without a group are not counted.
#[derive(Debug, Default)]
pub(crate) struct Groups(Mutex<HashMap<Arc<str>, usize>>);

/// One message among those of its group. Dropped, it is none any more.
#[derive(Debug)]
pub(crate) struct InGroup {
    groups: Arc<Groups>,
    group: Arc<str>,
}

impl Groups {
    /// Counts one more. Returns how many there are now, too.
    pub(crate) fn enter(self: &Arc<Self>, group: &str) -> (InGroup, usize) {
        let mut counts = self.counts();
        let group = counts.get_key_value(group).map_or_else(|| group.into(), |(group, _)| group.clone());
        let count = counts.entry(group.clone()).or_default();
        *count += 1;
        (InGroup { groups: self.clone(), group }, *count)
    }

    /// The ten groups with the most messages, and how many those are.
    pub(crate) fn largest(&self) -> Vec<(String, usize)> {
        let mut all: Vec<_> = self.counts().iter().map(|(group, count)| (group.clone(), *count)).collect();
        all.sort_by(|(group, count), (other, fewer)| fewer.cmp(count).then_with(|| group.cmp(other)));
        all.into_iter().take(SHOWN).map(|(group, count)| (group.to_string(), count)).collect()
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.0.lock().expect("nobody panics while holding the counts")
    }
}

impl Drop for InGroup {
    fn drop(&mut self) {
        let mut counts = self.groups.counts();
        if let Some(count) = counts.get_mut(&self.group) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ten_largest_groups_are_shown_and_empty_ones_are_forgotten() {
        let groups = Arc::<Groups>::default();
        let all: Vec<_> = (1..=12)
            .flat_map(|size| (0..size).map(move |_| size))
            .map(|size| groups.enter(&size.to_string()).0)
            .collect();
        let largest = groups.largest();
        assert_eq!((largest.len(), largest[0].clone()), (SHOWN, ("12".to_owned(), 12)));
        assert_eq!(groups.enter("12").1, 13);
        drop(all);
        assert!(groups.largest().is_empty() && groups.counts().is_empty());
    }
}
