//! Ends the consumers' connections, as an operator may.

use std::time::Duration;

use anyhow::Result;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tokio::time::sleep;

use crate::test_env::TestEnv;

pub(super) async fn kill_connections(env: &TestEnv) -> Result<&'static str> {
    let mut database = env.connect().await?;
    for _ in 0..5 {
        let query = "SELECT id FROM information_schema.processlist WHERE user LIKE 'worker%'";
        // MySQL 9 fails to show a statement with a binary key in it that runs at this moment.
        let ids: Vec<u64> = database.query(query).await.unwrap_or_default();
        for id in ids {
            kill(&mut database, id).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok("connections killed")
}

/// It may have ended by itself.
pub(super) async fn kill(database: &mut Conn, id: u64) {
    database.query_drop(format!("KILL {id}")).await.ok();
}
