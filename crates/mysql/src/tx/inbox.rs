//! How a transaction begins and ends: with its mark in the table `inbox`, and with a check that nothing
//! has ended it in between.

use diesel::result::QueryResult;
use diesel_async::{AnsiTransactionManager, TransactionManager};
use engine::job::Fail;
use shared::message::DedupId;

use super::connection::TxConnection;
use super::error::TxError;
use super::memory::Memory;
use super::mysql::MySql;
use crate::connection::session::Failure;
use crate::error::{Class, StoreError, codes};
use crate::literal::hex;

/// As many as `inbox.job` holds.
const MAX_NAME: usize = 64;
/// No such savepoint.
const GONE: u16 = 1305;
/// What that means at the commit.
const ENDED: &str = "a statement of the job's has ended its transaction before the commit: a job may use \
     neither BEGIN, COMMIT and ROLLBACK nor LOCK TABLES and DDL";

/// The values of a row of `inbox`, as SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark(String);

/// The mark of a message that a job has done.
pub(super) fn mark(job: &str, id: &DedupId) -> Result<Mark, TxError> {
    if job.is_empty() || job.len() > MAX_NAME || !job.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(TxError::Name(job.to_owned()));
    }
    Ok(Mark(format!("{}, {}", hex(job.as_bytes()), hex(id.as_bytes()))))
}

impl MySql {
    /// A transaction with this mark; `None` where another one has committed it.
    pub(super) async fn begin(&self, mark: &Mark) -> Result<Option<TxConnection>, StoreError> {
        let mut connection = TxConnection::new(self.pool().get().await?, self.limit());
        match connection.begin(mark).await {
            Ok(()) => Ok(Some(connection)),
            Err(failure) => {
                connection.roll_back().await;
                let error = failure.why;
                if error.code.is_some_and(codes::is_duplicate) { Ok(None) } else { Err(error) }
            }
        }
    }

    /// A transaction without a mark.
    pub(super) async fn begin_unmarked(&self) -> Result<TxConnection, StoreError> {
        let mut connection = TxConnection::new(self.pool().get().await?, self.limit());
        connection.begin_with("BEGIN".to_owned()).await.map_err(|failure| failure.why)?;
        Ok(connection)
    }

    /// Whether a mark could be set now, on another connection. It is taken back.
    pub(super) async fn takes_rows(&self) -> bool {
        let Ok(mark) = mark("probe", &DedupId::generate()) else { return false };
        match self.begin(&mark).await {
            Ok(Some(mut connection)) => connection.roll_back().await,
            _ => false,
        }
    }
}

impl TxConnection {
    /// In one round trip.
    async fn begin(&mut self, Mark(values): &Mark) -> Result<(), Failure> {
        self.begin_with(format!("BEGIN; INSERT INTO inbox (job, id) VALUES ({values})")).await
    }

    async fn begin_with(&mut self, statements: String) -> Result<(), Failure> {
        self.connection.set_in_transaction(true);
        self.own(statements).await?;
        // Diesel counts from here on, and makes its own transactions savepoints of this one.
        self.count_one_transaction();
        Ok(())
    }

    /// Sets the savepoint before a statement that may end the transaction: it is there for as long as the
    /// transaction is the one that began.
    pub(super) async fn guard(&mut self) -> QueryResult<()> {
        if !self.is_guarded && !self.memory.has_ended() {
            self.own("SAVEPOINT acquit".to_owned()).await.map_err(|failure| failure.error)?;
            self.is_guarded = true;
        }
        Ok(())
    }

    fn count_one_transaction(&mut self) {
        let status = AnsiTransactionManager::transaction_manager_status_mut(self);
        if let Ok(valid) = status.transaction_state() {
            let _ = valid.change_transaction_depth(diesel::connection::TransactionDepthChange::IncreaseDepth);
        }
    }

    pub(super) async fn commit(&mut self) -> Result<(), Fail> {
        if let Some(error) = self.memory.last().filter(|_| self.memory.has_ended()) {
            return Err(failed(error));
        }
        let statements = if self.is_guarded { "RELEASE SAVEPOINT acquit; COMMIT" } else { "COMMIT" };
        match self.own(statements.to_owned()).await {
            Ok(()) => {
                self.connection.set_in_transaction(false);
                Ok(())
            }
            Err(Failure { why, error, is_late }) if why.code == Some(GONE) => {
                let why = StoreError::server(GONE, ENDED.to_owned());
                let fail = failed(&why);
                self.memory.note_own(&Failure { why, error, is_late });
                Err(fail)
            }
            Err(Failure { why, .. }) => Err(failed(&why)),
        }
    }

    /// Gives the connection back, or closes it. What is remembered is of before.
    pub(super) async fn end(mut self) -> Memory {
        let memory = std::mem::take(&mut self.memory);
        self.roll_back().await;
        memory
    }

    /// Whether the connection is fit for others now.
    pub(super) async fn roll_back(&mut self) -> bool {
        if !self.connection.is_sound() || self.own("ROLLBACK".to_owned()).await.is_err() {
            return false;
        }
        self.connection.set_in_transaction(false);
        true
    }
}

/// A commit that failed. The engine calls a contended job again, which a `Fail` cannot say.
fn failed(error: &StoreError) -> Fail {
    match error.class {
        Class::Contention => Fail::retry("contended", error),
        Class::TooLarge => Fail::retry("too-large", error),
        Class::Unavailable | Class::Leaving | Class::Lost => Fail::unavailable(error),
        Class::Schema | Class::Denied | Class::Data | Class::Unknown => Fail::unavailable(error).permanent(),
    }
}
