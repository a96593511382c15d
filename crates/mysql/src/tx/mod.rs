//! Transactions that remember which messages they have done.

mod connection;
mod ending;
mod error;
mod extract;
mod inbox;
mod memory;
mod mysql;
mod publish;
mod statement;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use engine::job::{Committed, Fail};
use shared::message::DedupId;

pub use connection::TxConnection;
pub use error::TxError;
pub use mysql::{CONNECTIONS, MySql};

use crate::error::StoreError;
use crate::outbox;
use ending::Ending;

/// A job's transaction, in which the message is marked as done by this job.
///
/// It dereferences to a diesel connection. Its first statement writes the row `(job, id)` of the table
/// `inbox`; so where it commits, the message is done for good, and where it does not, nothing of it is.
///
/// An outage, a missing table or right, and a deadlock are no message's fault, and count whatever the
/// job makes of the error: the message is kept, or the job is called again. What a row is refused for
/// is for the job to judge; [`last_error`](Self::last_error) has the code, which diesel's errors lack.
///
/// Dropped without [`commit`](Self::commit), it takes no effect.
#[must_use = "dropped without a commit, it takes no effect"]
pub struct Tx {
    /// `None` once it has ended.
    connection: Option<Box<TxConnection>>,
    ending: Arc<Ending>,
    /// Whether a relay has something to do once it has committed.
    has_published: bool,
}

/// What became of beginning.
#[derive(Debug)]
#[must_use]
pub enum Begun {
    /// The message is new to the job.
    Tx(Tx),
    /// The job has done the message before.
    Duplicate,
}

impl Tx {
    /// Begins a transaction for the job of this name (1 to 64 printable ASCII characters) and the
    /// message with this id, and marks the message as done by the job. Waits for a connection, and for
    /// another transaction with the same message to end, up to 5 s.
    ///
    /// As an argument of a job it is begun by the engine, which also asks it what the call came to. By
    /// hand, the caller does: see [`TxError`] and [`last_error`](Self::last_error).
    ///
    /// # Errors
    /// Where the name does not do, and where the database fails, is locked, or lacks the table.
    ///
    /// # Cancel safety
    /// Safe: the connection is closed, and nothing takes effect.
    pub async fn begin(mysql: &MySql, job: &str, id: &DedupId) -> Result<Begun, TxError> {
        let mark = inbox::mark(job, id)?;
        let begun = mysql.begin(&mark).await?;
        Ok(begun.map_or(Begun::Duplicate, |connection| Begun::Tx(Self::on(mysql, connection))))
    }

    /// Begins a transaction that belongs to no message, for those who publish without a job, such as a
    /// web server. Nothing remembers that it was done.
    ///
    /// # Errors
    /// Where the database fails.
    ///
    /// # Cancel safety
    /// Safe: the connection is closed, and nothing takes effect.
    pub async fn begin_unmarked(mysql: &MySql) -> Result<Self, TxError> {
        Ok(Self::on(mysql, mysql.begin_unmarked().await?))
    }

    fn on(mysql: &MySql, connection: TxConnection) -> Self {
        let ending = Arc::new(Ending::new(mysql));
        Self { connection: Some(Box::new(connection)), ending, has_published: false }
    }

    /// Commits. Only this makes a [`Committed`].
    ///
    /// # Errors
    /// Where the database fails or refuses. Where its answer is lost, nobody knows whether it has
    /// committed, and the failure is `unavailable`: the next try finds out from its own mark.
    ///
    /// # Cancel safety
    /// Dropped, the outcome is unknown in the same way.
    pub async fn commit(mut self) -> Result<Committed, Fail> {
        let mut connection = self.take();
        match self.ending.mysql().meter.time(connection.commit()).await {
            Ok(()) => {
                self.ending.committed();
                if self.has_published {
                    outbox::wake();
                }
                Ok(Committed::new())
            }
            Err(fail) => {
                self.ending.left(connection);
                Err(fail)
            }
        }
    }

    fn take(&mut self) -> Box<TxConnection> {
        self.connection.take().expect("it is taken only when it ends")
    }

    /// The last error that the database gave in this transaction, with its code.
    pub fn last_error(&self) -> Option<&StoreError> {
        self.memory.last()
    }
}

/// What is left of it is rolled back when the call ends, or else closed.
impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.ending.left(connection);
        }
    }
}

impl Deref for Tx {
    type Target = TxConnection;

    fn deref(&self) -> &TxConnection {
        self.connection.as_ref().expect("it is taken only when it ends")
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut TxConnection {
        self.connection.as_mut().expect("it is taken only when it ends")
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("connection", &self.connection).finish_non_exhaustive()
    }
}
