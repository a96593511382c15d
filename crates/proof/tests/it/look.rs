//! A look at the database is short, and sees more than that it answers.

use std::time::Duration;

use anyhow::Result;
use engine::handler::Handler;
use faultproxy::TcpProxy;
use faultproxy::tcp::Mode;
use mysql::store::MysqlStore;
use mysql_async::prelude::Queryable;
use proof::spare::{NARROW, url};
use tokio::time::{Instant, timeout};

use crate::failover::migrated;

#[tokio::test]
async fn a_look_ends_within_two_seconds_and_sees_a_server_that_takes_no_writes() -> Result<()> {
    let Some(server) = migrated().await? else { return Ok(()) };
    let tested = async {
        let route = TcpProxy::start(server.address)?;
        let store = MysqlStore::open(&url(NARROW, route.address()).parse()?, 2).await?;
        assert_eq!(store.look().await, Ok(()));
        let mut database = server.connect().await?;
        for (spoil, mend, says) in [
            ("SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0", "read-only (read_only)"),
            ("RENAME TABLE messages TO elsewhere", "RENAME TABLE elsewhere TO messages", "1146"),
        ] {
            database.query_drop(spoil).await?;
            let away = store.look().await.unwrap_err();
            assert!(away.error.contains(says), "{away}");
            database.query_drop(mend).await?;
            assert_eq!(store.look().await, Ok(()), "{mend}");
        }
        route.handle().set_mode(Mode::BlackHole);
        for _ in 0..2 {
            let began = Instant::now();
            assert!(store.look().await.is_err());
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        }
        route.handle().set_mode(Mode::Pass);
        assert_eq!(store.look().await, Ok(()));
        Ok(())
    };
    timeout(Duration::from_secs(100), tested).await?
}
