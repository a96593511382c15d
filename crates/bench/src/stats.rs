//! What is said of several measurements of one thing.

use serde::{Deserialize, Serialize};

/// Middle and ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Spread {
    /// Of at least one value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        Some(Self {
            median: f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]),
            min,
            max,
        })
    }

    /// `median (min–max)`, with so many digits after the point.
    pub fn text(&self, digits: usize) -> String {
        let number = |value| number(value, digits);
        format!("{} ({}–{})", number(self.median), number(self.min), number(self.max))
    }
}

/// The least of the sorted values that `share` (0 to 1) of them do not exceed.
pub fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share * count(sorted.len())).ceil();
    // Truncation is what is wanted, and no slice is longer than a `usize`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as said above")]
    let position = (rank as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(position).copied()
}

/// With a comma between thousands.
pub fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, whole) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// A count, to be calculated with.
#[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^53 here")]
pub fn count(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_between_the_middle_two() {
        let spread = |values: &[f64]| Spread::of(values.iter().copied());
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(spread(&[4.0, 1.0, 2.0, 3.0]).map(|spread| spread.median), Some(2.5));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let values: Vec<f64> = (1..=200_u32).map(f64::from).collect();
        let at = |share| percentile(&values, share);
        assert_eq!([at(0.0), at(0.5), at(0.99), at(1.0)], [1.0, 100.0, 198.0, 200.0].map(Some));
        assert_eq!(percentile(&[7.0], 0.99), Some(7.0));
        assert_eq!(percentile(&[], 0.99), None);
    }

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0.0, 999.4, 1_000.0, 1_234_567.8, -1_234.0].map(|value| number(value, 0));
        assert_eq!(texts, ["0", "999", "1,000", "1,234,568", "-1,234"]);
        assert_eq!(number(1_234.56, 1), "1,234.6");
    }
}
