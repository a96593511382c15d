//! Times of messages as `DATETIME` takes them: UTC, to the microsecond.

use std::time::SystemTime;

use chrono::{DateTime, Datelike, Utc};

use super::number::Decimal;

/// As `2026-11-27T07:44:54.5+02:00`.
pub(crate) fn of_rfc3339(text: &str) -> Option<String> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    of_micros(time.timestamp_micros())
}

/// Seconds since 1970, times `per_second` in a second: 1 for seconds, 1,000 for milliseconds.
pub(crate) fn of_epoch(number: &Decimal, per_second: i64) -> Option<String> {
    of_micros(number.millionths()?.div_euclid(per_second))
}

/// When SQS took a message.
pub(crate) fn of_system(time: SystemTime) -> Option<String> {
    of_micros(DateTime::<Utc>::from(time).timestamp_micros())
}

/// Where `DATETIME` has no such year, none.
fn of_micros(micros: i64) -> Option<String> {
    let time = DateTime::from_timestamp_micros(micros)?;
    (1..=9999).contains(&time.year()).then(|| time.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_same_moment_in_utc() {
        for (text, expected) in [
            ("2026-11-27T07:44:54+02:00", "2026-11-27 05:44:54.000000"),
            ("2026-11-27T05:44:54.123456789Z", "2026-11-27 05:44:54.123456"),
            ("2016-12-31T23:59:60Z", "2017-01-01 00:00:00.000000"),
        ] {
            assert_eq!(of_rfc3339(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "2026-11-27", "2026-11-27T05:44:54", "2026-13-01T00:00:00Z", "1764222294", "now"] {
            assert_eq!(of_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_and_milliseconds_since_1970_are_exact() {
        let of = |text, per_second| of_epoch(&Decimal::parse(text).unwrap(), per_second);
        assert_eq!(of("1764222294.5", 1).as_deref(), Some("2025-11-27 05:44:54.500000"));
        assert_eq!(of("1764222294123", 1_000).as_deref(), Some("2025-11-27 05:44:54.123000"));
        assert_eq!(of("-0.5", 1).as_deref(), Some("1969-12-31 23:59:59.500000"));
        // Milliseconds that are taken for seconds are in no year that a column has.
        assert_eq!(of("1764222294123", 1), None);
    }
}
