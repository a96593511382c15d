//! The subjects' own database user: an administrator may write to a read-only server.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use proof::test_env::TestEnv;

use crate::site::{database, label};

const PASSWORD: &str = "bench";

/// May read, insert and update, where it is let in. The sweep takes it away.
#[derive(Clone, Debug)]
pub(super) struct User(String);

impl User {
    /// One that may do nothing yet.
    pub(super) async fn create() -> Result<Self> {
        let name = label();
        let create = format!("CREATE USER '{name}'@'%' IDENTIFIED BY '{PASSWORD}'");
        database().await?.query_drop(create).await.context("the database's user may not create another")?;
        Ok(Self(name))
    }

    /// Lets it into `bed`. Returns its `DATABASE_URL`.
    pub(super) async fn admit(&self, bed: &TestEnv) -> Result<String> {
        let grant = format!("GRANT SELECT, INSERT, UPDATE ON {}.* TO '{}'@'%'", bed.schema()?, self.0);
        bed.connect().await?.query_drop(grant).await.context("the database's user may not grant rights")?;
        let (_, server) = bed.database_url.rsplit_once('@').context("DATABASE_URL names no user")?;
        Ok(format!("mysql://{}:{PASSWORD}@{server}", self.0))
    }
}
