//! A look at the database that stores nothing: on a connection of its own, so that work that
//! hangs does not keep it waiting.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use engine::verdict::Unavailable;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::connection::pool::{LIFE, Pool};
use crate::connection::session::Session;
use crate::connection::url::DatabaseUrl;
use crate::error::StoreError;
use crate::inspect::variables::first_read_only;

/// For all of it.
const LOOK: Duration = Duration::from_millis(1_800);

const READ_ONLY: &str =
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only')";

/// Looks.
pub(crate) struct Looker {
    url: DatabaseUrl,
    /// The table to look at, as SQL names it.
    table: String,
    session: Mutex<Option<(Instant, Session)>>,
}

impl std::fmt::Debug for Looker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Looker").field(&self.url).finish()
    }
}

impl Looker {
    pub(crate) fn new(url: DatabaseUrl, table: impl Into<String>) -> Self {
        Self { url, table: table.into(), session: Mutex::default() }
    }

    /// Whether the database answers, has the table and takes writes, as far as it says so. Takes
    /// 2 s at the most. Where there is no connection left to look with, one of `pool`'s does.
    ///
    /// # Cancel safety
    /// Safe: the connection is closed.
    pub(crate) async fn look(&self, pool: &Pool) -> Result<(), Unavailable> {
        let looked = timeout(LOOK, async {
            match self.look_aside().await {
                Err(error) if error.is_for_want_of_connections() => {
                    look(pool.get().await?.session(), &self.table).await
                }
                looked => looked,
            }
        });
        let late = |_| Err(StoreError::away("the database did not answer in time"));
        looked.await.unwrap_or_else(late).map_err(|error| Unavailable::from(&error))
    }

    async fn look_aside(&self) -> Result<(), StoreError> {
        let mut kept = self.session.lock().await;
        // It is put back only if it is sound.
        let (since, mut session) = match kept.take().filter(|(since, _)| since.elapsed() < LIFE) {
            Some(kept) => kept,
            None => (Instant::now(), Session::open(self.url.current().await?).await?),
        };
        look(&mut session, &self.table).await?;
        *kept = Some((since, session));
        Ok(())
    }
}

async fn look(session: &mut Session, table: &str) -> Result<(), StoreError> {
    let nothing = format!("SELECT 1 FROM {table} LIMIT 0");
    session.run(LOOK, |connection| Box::pin(async move { connection.batch_execute(&nothing).await })).await?;
    let variables = sql::<(Text, Text)>(READ_ONLY);
    let said = session.run(LOOK, |connection| Box::pin(variables.load::<(String, String)>(connection))).await;
    let said = match said {
        // It has no such statement, or shows it to others only.
        Err(error) if error.code.is_some() => Vec::new(),
        said => said?,
    };
    match first_read_only(|name| said.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)) {
        Some(name) => Err(StoreError::away(format!("the database is read-only ({name})"))),
        None => Ok(()),
    }
}
