//! Why a worker could not start or go on, and with which exit code that ends the process.

use std::error::Error;
use std::io;

use engine::pipeline::TaskFailed;
use runtime::exit::{self, Ends};
use sqs::client::AccountError;
use sqs::lookup::QueueError;

use crate::SettingError;

/// Why it could not start, or not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A variable is not as it must be.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// There is nothing to work on.
    #[error("no queue was given to the worker: call `queue` or `handler` first")]
    NoQueue,
    /// The operating system refuses to tell of signals.
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    /// Region or credentials are missing.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The queue cannot be used.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The handler cannot be had.
    #[error("{error}")]
    Handler {
        /// What its author says of it.
        error: Box<dyn Error + Send + Sync>,
        /// Whether that should pass by itself, so that the worker tries again.
        is_passing: bool,
        /// Whether no time mends it: the configuration has to be changed first.
        is_usage: bool,
    },
    /// The admin server cannot listen there.
    #[cfg(feature = "admin")]
    #[error("cannot listen at {0} for the admin server: {1}")]
    Admin(std::net::SocketAddr, io::Error),
    /// The relay failed. What it did not confirm is sent again.
    #[cfg(feature = "mysql")]
    #[error(transparent)]
    RelayFailed(#[from] outbound::relay::RelayFailed),
    /// A part of the worker failed. What could be settled was.
    #[error(transparent)]
    TaskFailed(#[from] TaskFailed),
}

impl Ends for StartError {
    fn exit_code(&self) -> u8 {
        exit::code(match self {
            Self::Setting(_) | Self::NoQueue => true,
            Self::Account(error) => error.is_usage(),
            Self::Queue(error) => error.is_usage(),
            Self::Handler { is_usage, .. } => *is_usage,
            _ => false,
        })
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Account(error) => error.is_passing(),
            Self::Queue(error) => error.is_passing(),
            Self::Handler { is_passing, .. } => *is_passing,
            _ => false,
        }
    }
}

#[cfg(feature = "mysql")]
impl From<mysql::store::open::OpenError> for StartError {
    fn from(error: mysql::store::open::OpenError) -> Self {
        let (is_passing, is_usage) = (error.is_passing(), error.is_usage());
        Self::Handler { error: error.into(), is_passing, is_usage }
    }
}

#[cfg(feature = "mysql")]
impl From<mysql::mapping::MappedError> for StartError {
    fn from(error: mysql::mapping::MappedError) -> Self {
        let (is_passing, is_usage) = (error.is_passing(), error.is_usage());
        Self::Handler { error: error.into(), is_passing, is_usage }
    }
}
