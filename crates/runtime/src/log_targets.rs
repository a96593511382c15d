//! Whose lines are logged: all that a program and its own crates say, and of the crates that this one
//! stands on what went wrong.

use std::fmt::Display;

use tracing::{Level, Metadata};

/// Crates that print requests at debug and trace, and with them bodies and keys. A name stands also
/// for those that begin with it and an underscore.
const OTHERS: [&str; 15] = [
    "aws_config",
    "aws_runtime",
    "aws_sdk",
    "aws_sigv4",
    "aws_smithy",
    "aws_types",
    "axum",
    "h2",
    "hyper",
    "mio",
    "mysql_async",
    "opentelemetry",
    "rustls",
    "tokio_util",
    "tower",
];

/// What is logged at `level`, in the form of `RUST_LOG`.
pub fn directives(level: impl Display) -> String {
    OTHERS.iter().fold(level.to_string(), |said, other| said + "," + other + "=error")
}

/// Whether it may be logged at all, whatever `RUST_LOG` says.
pub fn may_be_logged(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || !is_others(metadata.target())
}

fn is_others(target: &str) -> bool {
    let krate = target.split("::").next().unwrap_or_default();
    let begins = |rest: &str| rest.is_empty() || rest.starts_with('_');
    OTHERS.iter().filter_map(|other| krate.strip_prefix(other)).any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_and_its_crates_are_heard_and_those_below_are_not() {
        for own in ["acquit_engine::work", "consumer", "tickets", "mysql", "towers::of_hanoi", "aws", "h2o"] {
            assert!(!is_others(own), "{own}");
        }
        for other in ["aws_smithy_runtime::client", "hyper_util::client", "h2::proto", "mysql_async", "hyper"]
        {
            assert!(is_others(other), "{other}");
        }
    }

    #[test]
    fn directives_name_the_level_and_the_exceptions() {
        let directives = directives("debug");
        assert!(directives.starts_with("debug,aws_config=error,"), "{directives}");
        assert_eq!(directives.matches("=error").count(), OTHERS.len());
    }
}
