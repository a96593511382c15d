//! Logs of a worker whose program has set up none: one line an event on standard error.

use std::io::{self, IsTerminal};

use runtime::log_targets::{directives, may_be_logged};
use tracing_subscriber::filter::{FilterExt, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Writes log lines, unless the program has its own subscriber. `RUST_LOG` says which.
pub(crate) fn init() {
    let said = std::env::var("RUST_LOG").unwrap_or_default();
    let targets = said.parse::<Targets>().ok().filter(|_| !said.trim().is_empty());
    let targets = targets.unwrap_or_else(default).and(filter_fn(may_be_logged));
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(colours).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(targets)).try_init().ok();
}

fn default() -> Targets {
    directives("info").parse().expect("the default is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_shows_a_users_own_crate_and_hides_the_sdks_chatter() {
        assert!(default().would_enable("my_job", &tracing::Level::INFO));
        assert!(!default().would_enable("aws_smithy_runtime", &tracing::Level::INFO));
    }
}
