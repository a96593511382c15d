//! Option values: which variables count, and ranges whose errors name variable and what is allowed.

use std::ffi::OsStr;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};

/// The command, to which an option's variable that is set to nothing is as good as unset: that is
/// how compose files and manifests leave an option out.
pub fn without_empty_variables(command: Command) -> Command {
    let is_empty = |variable: &OsStr| std::env::var_os(variable).is_some_and(|value| value.is_empty());
    let forget = |option: Arg| {
        if option.get_env().is_some_and(is_empty) { option.env(None::<&str>) } else { option }
    };
    command.mut_args(forget).mut_subcommands(without_empty_variables)
}

/// Looks at the variables that `command` and the libraries below it read.
///
/// # Errors
/// Returns an error that names the variable if one is not in UTF-8, which but a path must be.
pub fn check_variables(command: &Command) -> Result<(), clap::Error> {
    let bad = std::env::vars_os().find(|(name, value)| value.to_str().is_none() && is_text(command, name));
    bad.map_or(Ok(()), |(name, _)| Err(not_text(command, &name.to_string_lossy())))
}

/// Whether the variable is read, and not as a path.
fn is_text(command: &Command, variable: &OsStr) -> bool {
    const READ_BY_LIBRARIES: [&str; 5] = ["AWS_", "OTEL_", "RUST_LOG", "DATABASE_URL", "ADMIN_TOKEN"];
    match option_of(command, variable) {
        Some(option) => option.get_value_parser().type_id() != ValueParser::path_buf().type_id(),
        None => READ_BY_LIBRARIES.iter().any(|start| variable.to_string_lossy().starts_with(start)),
    }
}

fn option_of<'a>(command: &'a Command, variable: &OsStr) -> Option<&'a Arg> {
    let own = command.get_arguments().find(|option| option.get_env() == Some(variable));
    own.or_else(|| command.get_subcommands().find_map(|command| option_of(command, variable)))
}

fn not_text(command: &Command, name: &str) -> clap::Error {
    let text = format!("the variable {name} is not in UTF-8: set it to text, or unset it");
    command.clone().error(ErrorKind::InvalidUtf8, text)
}

/// Parses a whole number within `min..=max`, for the option that `variable` also sets.
///
/// # Errors
/// A sentence with the allowed range and the name of the variable.
pub fn number<T>(text: &str, variable: &str, min: T, max: T) -> Result<T, String>
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
pub fn duration(text: &str, variable: &str, min: Duration, max: Duration) -> Result<Duration, String> {
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
pub fn seconds(text: &str, variable: &str, min: u64, max: u64) -> Result<Duration, String> {
    let value = duration(text, variable, Duration::from_secs(min), Duration::from_secs(max))?;
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
        let error = number("11", "N", 1, 10).unwrap_err();
        assert_eq!(error, "must be a whole number from 1 to 10 (variable N)");
        for text in ["0", "-1", "", "ten", "1.5", "99999999999999999999"] {
            assert!(number::<u32>(text, "N", 1, 10).is_err(), "{text:?}");
        }
        assert_eq!(number(" 10 ", "N", 1, 10), Ok(10));
    }

    #[test]
    fn a_duration_may_have_a_unit_or_be_bare_seconds() {
        let parse = |text| seconds(text, "T", 0, 43_200);
        assert_eq!(parse("20"), Ok(Duration::from_secs(20)));
        assert_eq!(parse("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(parse("12h"), Ok(Duration::from_hours(12)));
        for text in ["12h 1s", "-1s", "", "soon", "1500ms"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn variables_that_are_read_must_be_text_unless_they_are_paths() {
        let number = Arg::new("n").long("n").env("N");
        let file =
            Arg::new("file").long("file").env("DATABASE_URL_FILE").value_parser(ValueParser::path_buf());
        let command = Command::new("test").subcommand(Command::new("sub").args([number, file]));
        let is_text = |name: &str| is_text(&command, OsStr::new(name));
        assert!(["N", "AWS_REGION", "RUST_LOG", "DATABASE_URL"].into_iter().all(is_text));
        assert!(!["DATABASE_URL_FILE", "LANG", "M"].into_iter().any(is_text));
    }
}
