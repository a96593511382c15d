//! Why a transaction did not begin.

use engine::job::{Fail, Outcome};

use super::memory;
use crate::error::StoreError;

/// A transaction did not begin. No message is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TxError {
    /// What a job has done is remembered under its name.
    #[error("a job with a transaction needs a name of 1 to 64 printable ASCII characters, and has {0:?}")]
    Name(String),
    /// The database failed or refused.
    #[error(transparent)]
    Database(#[from] StoreError),
}

impl From<TxError> for Outcome {
    fn from(error: TxError) -> Self {
        match error {
            TxError::Name(_) => Self::Failed(Fail::unavailable(error).permanent()),
            TxError::Database(error) => memory::outcome(&error),
        }
    }
}
