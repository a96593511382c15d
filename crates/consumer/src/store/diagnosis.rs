//! Asks the server for the code of its last error, which diesel-async does not pass on.

use diesel::QueryResult;
use diesel::sql_types::{BigInt, Nullable};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};

#[derive(diesel::QueryableByName)]
struct Diagnosis {
    #[diesel(sql_type = Nullable<BigInt>)]
    code: Option<i64>,
}

/// The code of the error that the statement before this ended with; 0 where there was none.
///
/// `GET DIAGNOSTICS` leaves the diagnostics as they are, and cannot be a prepared statement.
/// The last condition is the error; those before it are warnings.
pub(super) async fn code(connection: &mut AsyncMysqlConnection) -> QueryResult<u16> {
    connection.batch_execute("GET DIAGNOSTICS @conditions = NUMBER").await?;
    connection.batch_execute("GET DIAGNOSTICS CONDITION @conditions @code = MYSQL_ERRNO").await?;
    let query = diesel::sql_query("SELECT CAST(@code AS SIGNED) AS code");
    let diagnosis: Diagnosis = query.get_result(connection).await?;
    Ok(diagnosis.code.and_then(|code| code.try_into().ok()).unwrap_or(0))
}
