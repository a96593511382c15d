//! Mistakes in schema and rights, as a release may bring them. Each is mended after a while.

use std::time::Duration;

use anyhow::{Context, Result};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::time::sleep;

use crate::test_env::TestEnv;

/// A mistake, and how it is mended. `WORKER` stands for the consumers' user.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mistake {
    name: &'static str,
    make: &'static [&'static str],
    mend: &'static [&'static str],
}

pub(super) const MISTAKES: [Mistake; 5] = [
    Mistake {
        name: "column without default",
        make: &["ALTER TABLE messages ADD tenant INT NOT NULL"],
        mend: &["ALTER TABLE messages DROP tenant"],
    },
    Mistake {
        name: "trigger that signals",
        make: &["CREATE TRIGGER audit AFTER INSERT ON messages FOR EACH ROW SIGNAL SQLSTATE '45000'"],
        mend: &["DROP TRIGGER audit"],
    },
    Mistake {
        name: "foreign key to nothing",
        make: &[
            "CREATE TABLE IF NOT EXISTS tenants (id INT PRIMARY KEY)",
            "SET foreign_key_checks = 0",
            "ALTER TABLE messages ADD tenant INT NOT NULL DEFAULT 7, \
             ADD CONSTRAINT owner FOREIGN KEY (tenant) REFERENCES tenants (id)",
        ],
        mend: &["ALTER TABLE messages DROP FOREIGN KEY owner, DROP tenant"],
    },
    Mistake {
        name: "right to insert revoked",
        make: &["REVOKE INSERT ON messages FROM 'WORKER'@'%'"],
        mend: &["GRANT INSERT ON messages TO 'WORKER'@'%'"],
    },
    Mistake {
        name: "table renamed",
        make: &["RENAME TABLE messages TO elsewhere"],
        mend: &["RENAME TABLE elsewhere TO messages"],
    },
];

impl Mistake {
    /// Makes it, and mends it after `time`. Returns its name.
    pub(super) async fn last_for(self, env: &TestEnv, worker: &str, time: Duration) -> Result<&'static str> {
        let mut database = env.connect().await?;
        all(&mut database, self.make, worker).await?;
        sleep(time).await;
        all(&mut database, self.mend, worker).await?;
        Ok(self.name)
    }
}

async fn all(database: &mut Conn, statements: &[&str], worker: &str) -> Result<()> {
    for statement in statements {
        let statement = statement.replace("WORKER", worker);
        database.query_drop(&statement).await.with_context(|| statement.clone())?;
    }
    Ok(())
}
