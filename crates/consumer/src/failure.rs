//! Why the program ended before its work did, and with which exit code.

use std::io;

use runtime::exit::{self, Ends};
use runtime::threads::NoRuntime;
use sqs::client::AccountError;

use crate::cli::AdminError;
use crate::config::ConfigError;
use engine::pipeline::TaskFailed;
use mysql::store::open as store;
use ops::{dlq, trace};
use runtime::queue::told;
use sqs::lookup::QueueError;

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
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error("{}", told(.0, .0.is_of_name()))]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Store(#[from] store::OpenError),
    #[error(transparent)]
    TaskFailed(#[from] TaskFailed),
    #[error(transparent)]
    Dlq(#[from] dlq::Error),
    #[error(transparent)]
    Trace(#[from] trace::Error),
}

impl Ends for Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Runtime(_) | Self::Signals(_) | Self::Report(_) | Self::TaskFailed(_) => exit::FAILED,
            Self::Usage(_) | Self::Config(_) => exit::USAGE,
            // An address may be free later, or there at all.
            Self::Admin(error) => exit::code(!matches!(error, AdminError::Address(..))),
            Self::Account(error) => exit::code(error.is_usage()),
            Self::Queue(error) => exit::code(error.is_usage()),
            Self::Store(error) => {
                exit::code(matches!(error, store::OpenError::Url(_) | store::OpenError::Certificates))
            }
            Self::Dlq(error) => exit::code(error.is_usage()),
            Self::Trace(error) => exit::code(error.is_usage()),
        }
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Account(error) => error.is_passing(),
            Self::Queue(error) => error.is_passing(),
            Self::Store(error) => error.is_passing(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use shared::error::{ErrorKind, ServiceError};

    use super::*;
    use mysql::connection::url::DatabaseUrl;
    use mysql::error::StoreError;
    use mysql::store::open::OpenError;

    fn store(error: impl FnOnce(DatabaseUrl, StoreError) -> OpenError) -> Failure {
        let url = "mysql://u:p@h/d".parse().unwrap();
        let error = error(url, StoreError::server(1146, String::new()));
        Failure::Store(error)
    }

    #[test]
    fn what_others_may_mend_is_tried_again_and_what_no_time_mends_is_not() {
        let queue = |kind| Failure::Queue(QueueError::new("q", ServiceError::of(kind, "X", "")));
        let address = AdminError::Address(([127, 0, 0, 1], 1).into(), io::ErrorKind::AddrInUse.into());
        for failure in [
            queue(ErrorKind::Denied),
            queue(ErrorKind::NoSuchQueue),
            store(OpenError::Denied),
            store(OpenError::NotMigrated),
            store(|url, _| OpenError::NoDatabase(url)),
            address.into(),
        ] {
            assert!(failure.exit_code() == exit::FAILED && !failure.is_passing(), "{failure}");
        }
        let url = OpenError::Url("it names no database".into());
        for failure in [ConfigError::NoDatabase.into(), url.into(), OpenError::Certificates.into()] {
            assert_eq!(Failure::exit_code(&failure), exit::USAGE, "{failure}");
        }
    }

    #[test]
    fn only_what_is_away_passes_by_itself() {
        let away = QueueError::new("q", ServiceError::of(ErrorKind::Unavailable, "X", ""));
        assert!(Failure::Queue(away).is_passing() && store(OpenError::Unavailable).is_passing());
        assert!(Failure::Account(AccountError::CredentialsAway(String::new())).is_passing());
    }
}
