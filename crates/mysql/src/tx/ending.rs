//! How a call with a transaction ends: what is left is rolled back, and the database has its say.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::job::{Fail, Outcome};
use tokio::time::timeout;

use super::connection::TxConnection;
use super::mysql::MySql;

/// To find out whether the database takes rows, where a statement took too long.
const PROBE: Duration = Duration::from_secs(5);

/// Where a transaction leaves its connection, for when the call has ended.
pub(super) struct Ending {
    mysql: MySql,
    state: Mutex<State>,
}

enum State {
    /// The job has it.
    Open,
    Committed,
    /// It was dropped, or its commit failed.
    Left(Box<TxConnection>),
}

impl Ending {
    pub(super) fn new(mysql: &MySql) -> Self {
        Self { mysql: mysql.clone(), state: Mutex::new(State::Open) }
    }

    pub(super) fn mysql(&self) -> &MySql {
        &self.mysql
    }

    pub(super) fn committed(&self) {
        *self.state() = State::Committed;
    }

    pub(super) fn left(&self, connection: Box<TxConnection>) {
        *self.state() = State::Left(connection);
    }

    /// What the call has come to, whatever the job says.
    pub(super) async fn overrule(&self, outcome: Outcome) -> Outcome {
        let state = std::mem::replace(&mut *self.state(), State::Open);
        let overruling = match state {
            State::Committed => return outcome,
            State::Open => None,
            State::Left(connection) => self.roll_back(*connection).await,
        };
        match (overruling, outcome) {
            (None, Outcome::Done) => Outcome::Failed(forgotten()),
            (Some(outcome), _) | (None, outcome) => outcome,
        }
    }

    /// What the database has to say. The connection is given back, or closed, before it is asked: what
    /// is still under way on it may be in the way.
    async fn roll_back(&self, connection: TxConnection) -> Option<Outcome> {
        let memory = connection.end().await;
        let is_alive =
            memory.is_late() && timeout(PROBE, self.mysql.takes_rows()).await.is_ok_and(|takes| takes);
        memory.overrules(is_alive)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Taken for done, the message would be deleted, and nothing of it would have been done.
fn forgotten() -> Fail {
    Fail::unavailable("a job has succeeded without the commit of its transaction: it must return `Committed`")
        .permanent()
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending").finish_non_exhaustive()
    }
}
