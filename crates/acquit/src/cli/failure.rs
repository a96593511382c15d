//! Why a program ended before its work did, in words for whoever typed the command.

use std::io;

use mysql::mapping::{MappedError, MappingError};
use mysql::store::open::OpenError;
use ops::{dlq, trace};
use runtime::exit::{self, Ends};
use runtime::queue::told;
use runtime::threads::NoRuntime;
use sqs::client::AccountError;

use super::ConfigError;
use crate::StartError;

/// Why it ended. Says in one line what to do about it.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each is what its error says")]
pub enum Failure {
    #[error(transparent)]
    Runtime(#[from] NoRuntime),
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    #[error("cannot write the report: {0}")]
    Report(io::Error),
    #[error(transparent)]
    Usage(#[from] clap::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{}", with_remedy(.0))]
    Start(#[from] StartError),
    #[error(transparent)]
    Mapping(#[from] MappingError),
    #[error(transparent)]
    Dlq(#[from] dlq::Error),
    #[error(transparent)]
    Trace(#[from] trace::Error),
    /// A program's own, and its exit code.
    #[error("{0}")]
    Own(Box<dyn std::error::Error + Send + Sync>, u8),
}

/// Names the options to look at.
fn with_remedy(error: &StartError) -> String {
    let names_another = matches!(error, StartError::Queue(error) if error.is_of_name());
    told(error, names_another)
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Start(error.into())
    }
}

impl From<MappedError> for Failure {
    fn from(error: MappedError) -> Self {
        Self::Start(error.into())
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        Self::Start(error.into())
    }
}

impl Ends for Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Runtime(_) | Self::Signals(_) | Self::Report(_) => exit::FAILED,
            Self::Usage(_) | Self::Config(_) | Self::Mapping(_) => exit::USAGE,
            Self::Start(error) => error.exit_code(),
            Self::Dlq(error) => exit::code(error.is_usage()),
            Self::Trace(error) => exit::code(error.is_usage()),
            Self::Own(_, code) => *code,
        }
    }
}

#[cfg(test)]
mod tests {
    use mysql::connection::url::{DatabaseUrl, UrlError};
    use mysql::error::StoreError;
    use shared::error::{ErrorKind, ServiceError};
    use sqs::lookup::QueueError;

    use super::*;

    fn store(error: impl FnOnce(DatabaseUrl, StoreError) -> OpenError) -> Failure {
        let url = "mysql://u:p@h/d".parse().unwrap();
        error(url, StoreError::server(1146, String::new())).into()
    }

    fn queue(kind: ErrorKind) -> Failure {
        StartError::from(QueueError::new("q", ServiceError::of(kind, "X", ""))).into()
    }

    fn passes(failure: &Failure) -> bool {
        matches!(failure, Failure::Start(error) if error.is_passing())
    }

    #[test]
    fn what_others_may_mend_is_tried_again_and_what_no_time_mends_is_not() {
        for failure in [
            queue(ErrorKind::Denied),
            queue(ErrorKind::NoSuchQueue),
            store(OpenError::Denied),
            store(OpenError::NotMigrated),
            store(|url, _| OpenError::NoDatabase(url)),
        ] {
            assert!(failure.exit_code() == exit::FAILED && !passes(&failure), "{failure}");
        }
        let url = OpenError::from(UrlError::Malformed("it names no database".into()));
        let certificates = OpenError::from(UrlError::Certificates);
        for failure in [ConfigError::NoDatabase.into(), url.into(), certificates.into()] {
            assert_eq!(Failure::exit_code(&failure), exit::USAGE, "{failure}");
        }
    }

    #[test]
    fn only_what_is_away_passes_by_itself() {
        assert!(passes(&queue(ErrorKind::Unavailable)) && passes(&store(OpenError::Unavailable)));
        assert!(passes(&AccountError::CredentialsAway(String::new()).into()));
    }

    #[test]
    fn a_queue_that_is_not_there_is_told_with_the_options_that_name_another() {
        assert!(queue(ErrorKind::NoSuchQueue).to_string().contains("--queue-url"));
        assert!(!queue(ErrorKind::Denied).to_string().contains("--queue-url"));
    }
}
