//! Which queue: as command-line options, and the URL that they mean.

use aws_sdk_sqs::Client;
use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::exit::{self, Ends};
use crate::fault::{Fault, Kind};

/// Which queue, as command-line options.
#[derive(Clone, Debug, clap::Args)]
pub struct QueueArgs {
    /// URL of the queue; used rather than the name where both are set
    #[arg(long, env = "QUEUE_URL", value_name = "URL")]
    pub queue_url: Option<String>,
    /// Name of the queue, looked up in the account and region in use
    #[arg(long, env = "QUEUE_NAME", value_name = "NAME", default_value = "hello-queue")]
    pub queue_name: String,
}

/// A queue as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueRef {
    /// By its URL, taken as it is.
    Url(String),
    /// By its name, to be looked up.
    Name(String),
}

/// The queue that was asked for cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// It is not there.
    #[error(
        "there is no queue {0}: check --queue-url (QUEUE_URL) or --queue-name (QUEUE_NAME), and AWS_REGION"
    )]
    NoSuchQueue(String),
    /// The URL is none.
    #[error(
        "--queue-url (QUEUE_URL) {0:?} cannot be a queue's: it must look like \
         https://sqs.eu-west-1.amazonaws.com/123456789012/name"
    )]
    BadUrl(String),
    /// The name is none.
    #[error(
        "--queue-name (QUEUE_NAME) {0:?} cannot be a queue's: it must be 1 to 80 letters, digits, hyphens and underscores"
    )]
    BadName(String),
    /// Its order would be lost.
    #[error("{0} is a FIFO queue, whose order this program does not keep: give it a standard queue")]
    Fifo(String),
    /// The account may not.
    #[error("access to the queue was denied: {remedy} ({0})", remedy = .0.remedy())]
    Denied(Fault),
    /// SQS answered, and will not.
    #[error("SQS refuses: {remedy} ({0})", remedy = .0.remedy())]
    Refused(Fault),
    /// SQS did not answer, or not as it should.
    #[error("SQS is away: {remedy} ({0})", remedy = .0.remedy())]
    Away(Fault),
}

impl QueueError {
    /// What `fault` means for the queue called `name`.
    pub fn new(name: &str, fault: Fault) -> Self {
        match fault.kind {
            Kind::NoSuchQueue => Self::NoSuchQueue(name.to_owned()),
            Kind::Denied => Self::Denied(fault),
            Kind::Refused => Self::Refused(fault),
            Kind::Away => Self::Away(fault),
        }
    }
}

impl Ends for QueueError {
    fn exit_code(&self) -> u8 {
        match self {
            Self::BadUrl(_) | Self::BadName(_) | Self::Fifo(_) => exit::USAGE,
            Self::NoSuchQueue(_) | Self::Denied(_) | Self::Refused(_) | Self::Away(_) => exit::FAILED,
        }
    }

    fn is_passing(&self) -> bool {
        matches!(self, Self::Away(_))
    }
}

impl QueueArgs {
    /// The queue that is meant: the URL, unless the name alone was given on the command line.
    pub fn wanted(&self, matches: &ArgMatches) -> QueueRef {
        let typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let name_wins = typed("queue_name") && !typed("queue_url");
        match &self.queue_url {
            Some(url) if !url.is_empty() && !name_wins => QueueRef::Url(url.clone()),
            _ => QueueRef::Name(self.queue_name.clone()),
        }
    }
}

impl QueueRef {
    /// The queue's URL; a name is looked up.
    ///
    /// # Errors
    /// Where it can be no queue's or a FIFO queue's, or the look-up fails.
    pub async fn url(&self, client: &Client) -> Result<String, QueueError> {
        match self {
            Self::Url(url) => check_url(url).map(str::to_owned),
            Self::Name(name) => look_up(check_name(name)?, client).await,
        }
    }
}

/// The queue's name: the end of its URL.
pub fn name_in(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

/// `host` or `host:port` of a URL.
pub fn server_in(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}

async fn look_up(name: &str, client: &Client) -> Result<String, QueueError> {
    let answer = client.get_queue_url().queue_name(name).send().await;
    let answer = answer.map_err(|error| QueueError::new(name, Fault::new("GetQueueUrl", &error)))?;
    answer.queue_url.ok_or_else(|| QueueError::NoSuchQueue(name.to_owned()))
}

fn check_url(url: &str) -> Result<&str, QueueError> {
    let bad = || QueueError::BadUrl(url.to_owned());
    let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
    let (host, name) = rest.rsplit_once('/').ok_or_else(bad)?;
    if name.strip_suffix(".fifo").is_some() {
        return Err(QueueError::Fifo(url.to_owned()));
    }
    if matches!(scheme, "http" | "https") && !host.is_empty() && is_name(name) { Ok(url) } else { Err(bad()) }
}

fn check_name(name: &str) -> Result<&str, QueueError> {
    if name.strip_suffix(".fifo").is_some() {
        return Err(QueueError::Fifo(name.to_owned()));
    }
    if is_name(name) { Ok(name) } else { Err(QueueError::BadName(name.to_owned())) }
}

/// Up to 80 letters, digits, hyphens and underscores.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>
fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=80).contains(&name.len()) && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn wanted(arguments: &[&str]) -> QueueRef {
        let command = QueueArgs::augment_args(Command::new("test"));
        let command =
            command.mut_arg("queue_url", |arg| arg.env(None)).mut_arg("queue_name", |arg| arg.env(None));
        let matches = command.get_matches_from([&["test"], arguments].concat());
        QueueArgs::from_arg_matches(&matches).unwrap().wanted(&matches)
    }

    #[test]
    fn a_url_is_used_rather_than_a_name() {
        let url = "http://h/0/q";
        assert_eq!(wanted(&[]), QueueRef::Name("hello-queue".into()));
        assert_eq!(wanted(&["--queue-url", url]), QueueRef::Url(url.into()));
        assert_eq!(wanted(&["--queue-url", url, "--queue-name", "n"]), QueueRef::Url(url.into()));
        assert_eq!(wanted(&["--queue-url", "", "--queue-name", "n"]), QueueRef::Name("n".into()));
    }

    #[test]
    fn a_typed_name_is_used_rather_than_a_url_from_the_environment() {
        let args = QueueArgs { queue_url: Some("http://h/0/q".into()), queue_name: "typed".into() };
        let command = QueueArgs::augment_args(Command::new("test"));
        let matches = command.get_matches_from(["test", "--queue-name", "typed"]);
        assert_eq!(args.wanted(&matches), QueueRef::Name("typed".into()));
    }

    #[test]
    fn what_can_be_no_queue_is_refused_before_any_call() {
        for url in ["hello-queue", "ftp://h/0/q", "https://", "https:///q", "https://h/0/", "https://h/0/a b"]
        {
            let error = check_url(url).unwrap_err().to_string();
            assert!(error.contains("--queue-url") && error.contains(&format!("{url:?}")), "{error}");
        }
        assert!(matches!(check_url("https://h/0/q.fifo"), Err(QueueError::Fifo(_))));
        let error = check_name("ü").unwrap_err().to_string();
        assert!(error.contains("--queue-name") && error.contains("\"ü\""), "{error}");
        assert!(check_url("https://sqs.us-east-1.amazonaws.com/123456789012/hello-queue").is_ok());
    }

    #[test]
    fn only_what_no_time_mends_has_to_be_changed_first() {
        let fault = |kind| QueueError::new("q", Fault::of(kind, "X", ""));
        for kind in Kind::ALL {
            assert_eq!(fault(kind).exit_code(), exit::FAILED, "{kind:?}");
        }
        for error in [check_url("h"), check_name("h h"), check_name("q.fifo")] {
            assert_eq!(error.unwrap_err().exit_code(), exit::USAGE);
        }
    }
}
