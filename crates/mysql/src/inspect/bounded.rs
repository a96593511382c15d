//! Statements of an inspection, each within a time of its own.

use std::time::Duration;

use tokio::time::timeout;

use crate::connection::pool::Connection;
use crate::connection::session::Answer;
use crate::error::StoreError;

/// For one statement.
const STATEMENT: Duration = Duration::from_secs(5);

/// As [`Connection::run`], for less long.
pub(crate) async fn run<T>(
    connection: &mut Connection,
    statement: impl for<'c> FnOnce(&'c mut diesel_async::AsyncMysqlConnection) -> Answer<'c, T>,
) -> Result<T, StoreError> {
    bounded(connection.run(statement)).await
}

pub(crate) async fn bounded<T>(
    statement: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = timeout(STATEMENT, statement).await;
    answer.unwrap_or_else(|_| Err(StoreError::away("the database did not answer within 5 s")))
}
