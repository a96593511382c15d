//! Logs to standard error, one line an event, as text or JSON.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use otel::log_line::Traced as TracedLine;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, reload};

use crate::log_targets;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one object a line.
    Json,
}

/// How to log, as command-line options.
#[derive(Clone, Debug, clap::Args)]
pub struct LogArgs {
    /// How a log line looks; `RUST_LOG` sets what is logged (default: info)
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// Sets what is logged while the process runs. What may be logged at all stays as it is: see
/// [`LogArgs::init`].
#[derive(Clone, Debug)]
pub struct LogLevel(reload::Handle<EnvFilter, Registry>);

/// Not a level and not directives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a log level: say error, warn, info, debug or trace, or directives as in RUST_LOG ({0})")]
pub struct BadLevel(String);

impl LogArgs {
    /// Installs the process's subscriber, and returns what sets its level. Only the first call has
    /// an effect. A `RUST_LOG` that would leave the log empty by mistake is warned of, and not used.
    pub fn init(&self) -> LogLevel {
        let lines = match self.log_format {
            LogFormat::Text => text().boxed(),
            LogFormat::Json => json().boxed(),
        };
        let said = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
        let (wanted, unfit) = match directives(&said) {
            Ok(filter) => (filter, None),
            Err(error) => (default(), Some(error)),
        };
        let (wanted, level) = reload::Layer::new(wanted);
        let layers = lines.with_filter(wanted).with_filter(filter_fn(log_targets::may_be_logged));
        tracing_subscriber::registry().with(layers).try_init().ok();
        if let Some(error) = unfit {
            tracing::warn!("RUST_LOG {said:?} is not used: {error}");
        }
        LogLevel(level)
    }
}

impl LogLevel {
    /// Sets what is logged from now on: a level, which is meant for the program's own crates, or
    /// directives as in `RUST_LOG`.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn set(&self, wanted: &str) -> Result<(), BadLevel> {
        let wanted = wanted.trim();
        let directives = match wanted.parse::<LevelFilter>() {
            Ok(level) => log_targets::directives(level),
            // A word alone would be taken for a crate, and silence all others.
            Err(_) if wanted.contains('=') => wanted.to_owned(),
            Err(_) => return Err(BadLevel("it is no level".into())),
        };
        let bad = |error: &dyn std::fmt::Display| BadLevel(error.to_string());
        let filter = EnvFilter::builder().parse(directives).map_err(|error| bad(&error))?;
        self.0.reload(filter).map_err(|error| bad(&error))
    }

    /// What is logged, as directives.
    pub fn get(&self) -> String {
        self.0.with_current(ToString::to_string).unwrap_or_default()
    }
}

fn default() -> EnvFilter {
    EnvFilter::new(log_targets::directives(Level::INFO))
}

/// What `RUST_LOG` says; where it says nothing, the default.
fn directives(said: &str) -> Result<EnvFilter, BadLevel> {
    const KNOWN: [&str; 4] = ["acquit", "consumer", "sender", "off"];
    // A word alone would be taken for a crate, and silence all others.
    let is_stray = |word: &&str| {
        !word.contains(['=', '[']) && word.parse::<LevelFilter>().is_err() && !KNOWN.contains(word)
    };
    let words = || said.split(',').map(str::trim).filter(|word| !word.is_empty());
    match words().find(is_stray) {
        _ if words().next().is_none() => Ok(default()),
        Some(word) => {
            Err(BadLevel(format!("{word:?} is no level; a crate is said with its own: {word}=info")))
        }
        None => EnvFilter::builder().parse(said).map_err(|error| BadLevel(error.to_string())),
    }
}

fn text<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // Whoever closed standard error does not want to read there that it cannot be written to.
    fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(colours)
        .log_internal_errors(false)
        .map_event_format(|format| TracedLine(format.with_target(false).with_ansi(colours)))
}

fn json<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let layer = fmt::layer().json().flatten_event(true).with_writer(io::stderr).log_internal_errors(false);
    layer.map_event_format(TracedLine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives_are_told_from_garbage() {
        for said in
            ["", " , ", "warn", "OFF", "consumer=debug", "info,hyper=warn", "consumer", "error,[span]=info"]
        {
            assert!(directives(said).is_ok(), "{said}");
        }
        for said in ["garbage", "wran", "info,garbage", "x=y=z", "consumer=loud", ",,garbage"] {
            assert!(directives(said).is_err(), "{said}");
        }
    }
}
