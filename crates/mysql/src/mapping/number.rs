//! Decimal numbers, by their digits: never through floats.

use std::fmt;

/// A `DECIMAL` has up to 65 digits; what has far more is no number for any column.
const MAX_DIGITS: usize = 400;

/// A number as its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    /// Before the point, without zeros that say nothing; empty for none.
    whole: String,
    /// Behind it, likewise.
    fraction: String,
}

impl Decimal {
    /// Reads `-12.50`, `1e3` and the like.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let (whole, fraction) = shifted(whole, fraction, exponent)?;
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_negative = is_negative && !(whole.is_empty() && fraction.is_empty());
        Some(Self { is_negative, whole, fraction })
    }

    /// How many digits it has behind the point, zeros at the end not counted.
    pub(crate) fn fraction_digits(&self) -> usize {
        self.fraction.len()
    }

    /// In millionths, cut towards the past; `None` where that is beyond any time.
    pub(crate) fn millionths(&self) -> Option<i64> {
        let fraction: String = self.fraction.chars().chain("000000".chars()).take(6).collect();
        let millionths: i64 = format!("{}{fraction}", self.whole).parse().ok()?;
        let is_cut = self.fraction.len() > 6;
        Some(if self.is_negative { -millionths - i64::from(is_cut) } else { millionths })
    }
}

/// Moves the point; `None` where that makes far too many digits.
fn shifted(whole: &str, fraction: &str, exponent: i32) -> Option<(String, String)> {
    let by = usize::try_from(exponent.unsigned_abs()).ok()?;
    if whole.len() + fraction.len() + by > MAX_DIGITS {
        // Zero is zero, however often it is multiplied.
        let is_zero = whole.bytes().chain(fraction.bytes()).all(|digit| digit == b'0');
        return is_zero.then(Default::default);
    }
    let zeros = "0".repeat(by);
    Some(if exponent >= 0 {
        let fraction = format!("{fraction}{zeros}");
        (format!("{whole}{}", &fraction[..by]), fraction[by..].to_owned())
    } else {
        let whole = format!("{zeros}{whole}");
        let point = whole.len() - by;
        (whole[..point].to_owned(), format!("{}{fraction}", &whole[point..]))
    })
}

/// Without an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_negative, whole, fraction } = self;
        let sign = if *is_negative { "-" } else { "" };
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Option<String> {
        Decimal::parse(text).map(|decimal| decimal.to_string())
    }

    #[test]
    fn a_number_keeps_all_of_its_digits() {
        for (text, expected) in [
            ("0.1", "0.1"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
            ("123456789012345678901234567890.12345", "123456789012345678901234567890.12345"),
            ("-0.00", "0"),
            ("+7", "7"),
            ("007.50", "7.5"),
            ("1.5e3", "1500"),
            ("12.34E1", "123.4"),
            ("15e-4", "0.0015"),
            ("-1e0", "-1"),
            ("0e999999", "0"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".5", "5.", "1e", "1e+-2", "0x1f", "NaN", "Infinity", " 1", "1,5", "\u{661}"] {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!((plain("1e401"), plain("1e-2147483648"), plain("1e99999999999")), (None, None, None));
    }

    #[test]
    fn millionths_are_cut_and_never_overflow() {
        let millionths = |text| Decimal::parse(text).unwrap().millionths();
        assert_eq!(millionths("1764222294.1234567"), Some(1_764_222_294_123_456));
        assert_eq!((millionths("-0.0000001"), millionths("-1.5")), (Some(-1), Some(-1_500_000)));
        assert_eq!(millionths("9999999999999999"), None);
    }
}
