//! Values with a range, whose errors name the variable and what is allowed.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// Parses a whole number within `min..=max`, for the option that `variable` also sets.
///
/// # Errors
/// A sentence with the allowed range and the name of the variable.
pub fn number<T>(text: &str, variable: &str, (min, max): (T, T)) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display + Copy,
{
    match text.trim().parse() {
        Ok(value) if min <= value && value <= max => Ok(value),
        _ => Err(format!("must be a whole number from {min} to {max}{}", also(variable))),
    }
}

/// Parses a duration within `min..=max`: `500ms`, `20s`, `12h`, or bare seconds.
///
/// # Errors
/// A sentence with the allowed range and the name of the variable.
pub fn duration(text: &str, variable: &str, (min, max): (Duration, Duration)) -> Result<Duration, String> {
    let text = text.trim();
    let parsed = match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text).ok(),
    };
    parsed.filter(|value| (min..=max).contains(value)).ok_or_else(|| {
        let (min, max) = (humantime::format_duration(min), humantime::format_duration(max));
        format!("must be a duration from {min} to {max}, such as 500ms, 20s or 1h{}", also(variable))
    })
}

/// As [`duration`], for what SQS counts in whole seconds.
///
/// # Errors
/// Also where there is a fraction of a second.
pub fn seconds(text: &str, variable: &str, (min, max): (u64, u64)) -> Result<Duration, String> {
    let value = duration(text, variable, (Duration::from_secs(min), Duration::from_secs(max)))?;
    match value.subsec_nanos() {
        0 => Ok(value),
        _ => Err(format!("must be in whole seconds: SQS knows no fractions{}", also(variable))),
    }
}

fn also(variable: &str) -> String {
    format!(" (variable {variable})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_outside_its_range_is_refused_with_range_and_variable() {
        let error = number("11", "N", (1, 10)).unwrap_err();
        assert_eq!(error, "must be a whole number from 1 to 10 (variable N)");
        for text in ["0", "-1", "", "ten", "1.5", "99999999999999999999"] {
            assert!(number::<u32>(text, "N", (1, 10)).is_err(), "{text:?}");
        }
        assert_eq!(number(" 10 ", "N", (1, 10)), Ok(10));
    }

    #[test]
    fn a_duration_may_have_a_unit_or_be_bare_seconds() {
        let parse = |text| seconds(text, "T", (0, 43_200));
        assert_eq!(parse("20"), Ok(Duration::from_secs(20)));
        assert_eq!(parse("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(parse("12h"), Ok(Duration::from_hours(12)));
        for text in ["12h 1s", "-1s", "", "soon", "1500ms"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
