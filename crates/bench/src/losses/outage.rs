//! A database that is away: stopped, or read-only; and as it was again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use mysql_async::prelude::Queryable;
use proof::server::Server;
use tokio::time::sleep;

use crate::say::progress;
use crate::site::database;

/// Of undisturbed traffic.
const BEFORE: Duration = Duration::from_secs(10);
/// How long the database is away: ten times the visibility timeout, and a little more.
const AWAY: Duration = Duration::from_secs(61);

/// What is broken now; also for whoever interrupts.
static BROKEN: Mutex<Option<Outage>> = Mutex::new(None);

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outage {
    Stopped,
    ReadOnly,
}

impl Outage {
    /// Begins after a while, lasts, and ends.
    ///
    /// # Errors
    /// Where the database is not the stack's own process, or its user may not make it read-only.
    pub(super) async fn strike(self) -> Result<()> {
        sleep(BEFORE).await;
        set_broken(Some(self));
        match self {
            Self::Stopped => {
                Server::from_env().kill().await?;
                ensure!(database().await.is_err(), "the database is not the stack's own");
            }
            Self::ReadOnly => database().await?.query_drop("SET GLOBAL read_only = ON").await?,
        }
        sleep(AWAY).await;
        restore().await
    }
}

/// Mends what is broken, if anything is.
pub async fn restore() -> Result<()> {
    let broken = *BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
    match broken {
        Some(Outage::Stopped) => Server::from_env().start().await?,
        Some(Outage::ReadOnly) => database().await?.query_drop("SET GLOBAL read_only = OFF").await?,
        None => return Ok(()),
    }
    set_broken(None);
    progress("the database is as it was");
    Ok(())
}

fn set_broken(outage: Option<Outage>) {
    *BROKEN.lock().unwrap_or_else(PoisonError::into_inner) = outage;
}
