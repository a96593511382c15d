//! What was sent against what is there, message by message: lost, doubled, unexpected.

use std::collections::BTreeMap;
use std::fmt;

/// The counts, in the words of Jepsen's set test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    /// Sends that were confirmed.
    pub sent: usize,
    /// Rows.
    pub stored: usize,
    /// Confirmed, and nowhere to be found.
    pub lost: Vec<String>,
    /// Stored more than once.
    pub doubled: Vec<String>,
    /// Stored, though nobody says to have sent them.
    pub unexpected: Vec<String>,
    /// Still on the queue.
    pub left: usize,
}

impl Reconciliation {
    /// Compares bodies, which are all different.
    pub fn take(sent: &[String], stored: &[String], left: usize) -> Self {
        let rows = count(stored);
        let confirmed = count(sent);
        let missing = |text: &&String| !rows.contains_key(text.as_str());
        let doubled = rows.iter().filter(|(_, count)| **count > 1);
        let unexpected = rows.keys().filter(|text| !confirmed.contains_key(*text));
        Self {
            sent: sent.len(),
            stored: stored.len(),
            lost: sent.iter().filter(missing).cloned().collect(),
            doubled: doubled.map(|(text, _)| (*text).to_owned()).collect(),
            unexpected: unexpected.map(|text| (*text).to_owned()).collect(),
            left,
        }
    }

    /// Whether every message is stored, once, and nothing else is.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.unexpected.is_empty() && self.left == 0
    }
}

fn count(texts: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text.as_str()).or_default() += 1;
    }
    counts
}

impl fmt::Display for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, stored, left, .. } = self;
        let (lost, doubled, unexpected) = (self.lost.len(), self.doubled.len(), self.unexpected.len());
        write!(f, "sent {sent}, stored {stored}, lost {lost}, doubled {doubled}, ")?;
        write!(f, "unexpected {unexpected}, left in the queue {left}")?;
        let all = [("lost", &self.lost), ("doubled", &self.doubled), ("unexpected", &self.unexpected)];
        for (what, texts) in all.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            write!(f, "\n  {what}: {:?}", &texts[..texts.len().min(5)])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(sent: &[&str], stored: &[&str], left: usize) -> Reconciliation {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Reconciliation::take(&own(sent), &own(stored), left)
    }

    #[test]
    fn each_kind_of_harm_is_found() {
        assert!(take(&["a", "b"], &["b", "a"], 0).is_clean());
        assert_eq!(take(&["a", "b"], &["b"], 0).lost, ["a"]);
        assert_eq!(take(&["a"], &["a", "a"], 0).doubled, ["a"]);
        assert_eq!(take(&["a"], &["a", "c"], 0).unexpected, ["c"]);
        assert!(!take(&["a"], &["a"], 1).is_clean());
    }
}
