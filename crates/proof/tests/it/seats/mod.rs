//! Seats are sold by a user's worker, on the real stack, and each once.

mod audit;
mod chaos;
mod outage;
mod storm;

use anyhow::{Context, Result};
use faultproxy::TcpProxy;
use mysql_async::prelude::Queryable;
use proof::fleet::Fleet;
use proof::seats::create;
use proof::spare::{NARROW, Spare, url};
use proof::test_env::TestEnv;

use crate::failover::migrated;

/// Short, so that others soon get what a killed worker held.
const VISIBILITY: &str = "6s";

/// A queue, a database server that may be killed, and the way to it.
struct Hall {
    env: TestEnv,
    spare: Spare,
    way: TcpProxy,
}

impl Hall {
    /// With this many free seats, on a queue that allows this many receives; `None` where this machine
    /// has no server's program.
    async fn open(seats: u32, receives: u32) -> Result<Option<Self>> {
        let Some(spare) = migrated().await? else { return Ok(None) };
        create(&mut spare.connect().await?, seats).await?;
        let way = TcpProxy::start(spare.address)?;
        Ok(Some(Self { env: TestEnv::new(receives).await?, spare, way }))
    }

    /// Workers that sell its seats.
    fn workers(&self, number: usize) -> Result<Fleet> {
        let variables = [
            ("DATABASE_URL", url(NARROW, self.way.address())),
            ("VISIBILITY_TIMEOUT", VISIBILITY.to_owned()),
            ("WAIT_TIME", "1s".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Fleet::of("seats", &self.env, number, Vec::new(), variables)
    }

    async fn effects(&self) -> Result<usize> {
        let mut database = self.spare.connect().await?;
        database.query_first("SELECT COUNT(*) FROM effects").await?.context("no count")
    }
}
