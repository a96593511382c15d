//! Threads of the server's that may still be at a statement that was given up.
//!
//! Left alone, each outage that hangs would leave one more of them with every try, up to
//! `max_connections`. So before anything else is tried, they are ended.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Unsigned};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use tokio::time::sleep;

use super::server::Thread;
use super::session::{STATEMENT, Session};
use crate::error::StoreError;

/// How often, and how long apart, to look whether a thread that was told to end has.
const LOOKS: u32 = 10;
const APART: Duration = Duration::from_millis(100);

/// Those that are not known to have ended.
#[derive(Debug)]
pub(crate) struct Stragglers {
    threads: Mutex<Vec<Thread>>,
    most: usize,
}

#[derive(QueryableByName)]
struct Process {
    #[diesel(sql_type = Unsigned<BigInt>, column_name = "Id")]
    id: u64,
    #[diesel(sql_type = Text, column_name = "User")]
    user: String,
    #[diesel(sql_type = Nullable<Text>, column_name = "db")]
    database: Option<String>,
}

impl Stragglers {
    /// With `most` of them on a server, nothing more is sent to it.
    pub(crate) fn up_to(most: usize) -> Self {
        Self { threads: Mutex::default(), most }
    }

    pub(crate) fn add(&self, thread: Thread) {
        self.threads().push(thread);
    }

    /// Ends those on the server that `session` leads to. Those on another one are forgotten:
    /// what happens there does not matter any more, and a thread here may have the same number.
    ///
    /// # Errors
    /// Where that fails, or too many do not end.
    pub(crate) async fn end(&self, session: &mut Session) -> Result<(), StoreError> {
        let threads = self.threads().clone();
        let mut left = 0;
        for thread in threads {
            let is_here = session.thread.as_ref().is_some_and(|own| own.is_beside(&thread));
            if is_here && !end(session, thread.id).await? {
                left += 1;
            } else {
                self.threads().retain(|known| *known != thread);
            }
        }
        if left < self.most {
            return Ok(());
        }
        Err(StoreError::away(format!("{left} statements that were given up still run on the server")))
    }

    fn threads(&self) -> MutexGuard<'_, Vec<Thread>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the thread is gone.
async fn end(session: &mut Session, id: u64) -> Result<bool, StoreError> {
    if !is_there(session, id).await? {
        return Ok(true);
    }
    let kill = format!("KILL {id}");
    let killed =
        session.run(STATEMENT, |connection| Box::pin(async move { connection.batch_execute(&kill).await }));
    match killed.await {
        // It ended by itself, or the server does not let us.
        Err(error) if !error.keeps_connection() => return Err(error),
        _ => {}
    }
    for _ in 0..LOOKS {
        if !is_there(session, id).await? {
            return Ok(true);
        }
        sleep(APART).await;
    }
    Ok(false)
}

/// Only a thread of this very user's on this very database is one of ours.
///
/// `information_schema.PROCESSLIST` would say the same, but on MySQL fails (3854) while any statement
/// on the server has bytes in it that are no text, as ids are.
async fn is_there(session: &mut Session, id: u64) -> Result<bool, StoreError> {
    let own = session.thread.as_ref().map(|thread| thread.id);
    let query = diesel::sql_query("SHOW PROCESSLIST");
    let all: Vec<Process> = session.run(STATEMENT, |connection| Box::pin(query.load(connection))).await?;
    let own = all.iter().find(|process| Some(process.id) == own);
    let found = all.iter().find(|process| process.id == id);
    Ok(own.zip(found).is_some_and(|(own, found)| own.user == found.user && own.database == found.database))
}
