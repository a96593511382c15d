//! Which queue, as command-line options.

use std::fmt::Display;

use clap::ArgMatches;
use clap::parser::ValueSource;
use shared::queue::QueueRef;

/// Which queue, as command-line options.
#[derive(Clone, Debug, clap::Args)]
pub struct QueueArgs {
    /// URL of the queue; used rather than the name where both are set
    #[arg(long, env = "QUEUE_URL", value_name = "URL")]
    pub queue_url: Option<String>,
    /// Name of the queue, looked up in the account and region in use
    #[arg(long, env = "QUEUE_NAME", value_name = "NAME", default_value = QueueArgs::DEFAULT)]
    pub queue_name: String,
}

const REMEDY: &str = "check --queue-url (QUEUE_URL) or --queue-name (QUEUE_NAME), and AWS_REGION";

/// `error` in words, with the options to look at where another queue has to be named.
pub fn told(error: &impl Display, names_another: bool) -> String {
    if names_another { format!("{error}: {REMEDY}") } else { error.to_string() }
}

impl QueueArgs {
    /// The queue's name where nothing is said.
    pub const DEFAULT: &'static str = "hello-queue";

    /// The queue that is meant: the URL, unless the name alone was given on the command line.
    pub fn resolve(&self, matches: &ArgMatches) -> QueueRef {
        let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let name_wins = typed("queue_name") && !typed("queue_url");
        match &self.queue_url {
            Some(url) if !url.is_empty() && !name_wins => QueueRef::Url(url.clone()),
            _ => QueueRef::Name(self.queue_name.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn resolve(arguments: &[&str]) -> QueueRef {
        let command = QueueArgs::augment_args(Command::new("test"));
        let command =
            command.mut_arg("queue_url", |arg| arg.env(None)).mut_arg("queue_name", |arg| arg.env(None));
        let matches = command.get_matches_from([&["test"], arguments].concat());
        QueueArgs::from_arg_matches(&matches).unwrap().resolve(&matches)
    }

    #[test]
    fn a_url_is_used_rather_than_a_name() {
        let url = "http://h/0/q";
        assert_eq!(resolve(&[]), QueueRef::Name("hello-queue".into()));
        assert_eq!(resolve(&["--queue-url", url]), QueueRef::Url(url.into()));
        assert_eq!(resolve(&["--queue-url", url, "--queue-name", "n"]), QueueRef::Url(url.into()));
        assert_eq!(resolve(&["--queue-url", "", "--queue-name", "n"]), QueueRef::Name("n".into()));
    }

    #[test]
    fn a_typed_name_is_used_rather_than_a_url_from_the_environment() {
        let args = QueueArgs { queue_url: Some("http://h/0/q".into()), queue_name: "typed".into() };
        let command = QueueArgs::augment_args(Command::new("test"));
        let matches = command.get_matches_from(["test", "--queue-name", "typed"]);
        assert_eq!(args.resolve(&matches), QueueRef::Name("typed".into()));
    }
}
