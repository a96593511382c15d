//! The server's memory for pages: small, so that a large table does not fit, and as it was again.

use std::sync::OnceLock;

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;

use crate::site::database;

const SMALL: u64 = 128 * 1_024 * 1_024;

/// What it was before; also for whoever interrupts.
static BEFORE: OnceLock<u64> = OnceLock::new();

/// Makes it small, until [`restore`].
pub(super) async fn shrink() -> Result<()> {
    let before = database().await?.query_first("SELECT @@innodb_buffer_pool_size").await?;
    BEFORE.get_or_init(|| before.unwrap_or(SMALL));
    resize(SMALL).await.context("the database's user may not set innodb_buffer_pool_size")
}

/// Gives the server its memory back, if it was taken.
pub async fn restore() -> Result<()> {
    match BEFORE.get() {
        Some(before) => resize(*before).await,
        None => Ok(()),
    }
}

async fn resize(bytes: u64) -> Result<()> {
    let set = format!("SET GLOBAL innodb_buffer_pool_size = {bytes}");
    Ok(database().await?.query_drop(set).await?)
}
