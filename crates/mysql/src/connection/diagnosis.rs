//! Finds out the code of a statement's error, which diesel-async does not pass on.

use diesel::dsl::sql;
use diesel::result::{DatabaseErrorKind, Error, QueryResult};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};

use super::server::Kind;
use crate::error::{StoreError, vitess};

/// What stands for an error that has no code of its own (`ER_UNKNOWN_ERROR`).
const UNKNOWN: u16 = 1105;
/// What stands for a violated unique key. It is the one that transactions meet every day, and diesel
/// knows it, so asking for the code is spared.
const DUPLICATE: u16 = 1062;

/// What the server's `error` means. Nothing may have been sent on the connection since.
///
/// # Errors
/// Where the connection fails meanwhile.
pub(crate) async fn diagnose(
    connection: &mut AsyncMysqlConnection,
    server: Kind,
    error: &Error,
) -> Result<StoreError, StoreError> {
    let text = match error {
        Error::DatabaseError(_, information) if !is_drivers(error) => information.message().to_owned(),
        error => return Err(drivers(error)),
    };
    if let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) = error {
        return Ok(StoreError::server(DUPLICATE, text));
    }
    let code = match server {
        Kind::Mysql => by_diagnostics(connection).await,
        Kind::MariaDb | Kind::TiDb => by_warnings(connection).await,
        Kind::Vitess => Ok(None),
    };
    let code = match code {
        // It has no such statement.
        Err(error) if !is_drivers(&error) => None,
        code => code.map_err(|error| drivers(&error))?,
    };
    let code = code.or_else(|| vitess::code(&text)).or_else(|| by_kind(error)).unwrap_or(UNKNOWN);
    Ok(StoreError::server(code, text))
}

/// `GET DIAGNOSTICS` leaves the diagnostics as they are, and cannot be prepared, nor can MySQL's
/// `SHOW WARNINGS`. The last condition is the error; those before it are warnings.
/// <https://dev.mysql.com/doc/refman/8.4/en/sql-prepared-statements.html>
async fn by_diagnostics(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<u16>> {
    const DIAGNOSE: &str = "GET DIAGNOSTICS @conditions = NUMBER; \
         GET DIAGNOSTICS CONDITION @conditions @code = MYSQL_ERRNO";
    connection.batch_execute(DIAGNOSE).await?;
    let query = sql::<Nullable<BigInt>>("SELECT CAST(@code AS SIGNED)");
    let code: Option<i64> = query.get_result(connection).await?;
    Ok(code.and_then(|code| code.try_into().ok()))
}

/// TiDB has no `GET DIAGNOSTICS`. With MariaDB's, the last condition may be a note on where in a
/// trigger the error came from. Both prepare `SHOW WARNINGS`, which leaves the diagnostics, too.
/// <https://docs.pingcap.com/tidb/stable/sql-statement-show-warnings>,
/// <https://mariadb.com/kb/en/prepare-statement/>
async fn by_warnings(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<u16>> {
    let query = sql::<(Text, BigInt, Text)>("SHOW WARNINGS");
    let warnings: Vec<(String, i64, String)> = query.load(connection).await?;
    Ok(last_error(&warnings))
}

/// The last error that has a code of its own: MariaDB may put an unknown one behind it, as where an
/// update of a key fails.
fn last_error(warnings: &[(String, i64, String)]) -> Option<u16> {
    let errors = warnings.iter().filter(|(level, ..)| level == "Error");
    let codes: Vec<_> = errors.filter_map(|(_, code, _)| u16::try_from(*code).ok()).collect();
    codes.iter().rfind(|code| **code != UNKNOWN).or(codes.last()).copied()
}

/// Diesel keeps the kinds of a few codes.
fn by_kind(error: &Error) -> Option<u16> {
    let Error::DatabaseError(kind, _) = error else { return None };
    match kind {
        DatabaseErrorKind::ForeignKeyViolation => Some(1452),
        DatabaseErrorKind::ReadOnlyTransaction => Some(1792),
        DatabaseErrorKind::NotNullViolation => Some(1048),
        DatabaseErrorKind::CheckViolation => Some(3819),
        _ => None,
    }
}

/// Whether the connection failed, rather than the server refused.
fn is_drivers(error: &Error) -> bool {
    const DRIVER: [&str; 3] = ["Input/output error: ", "Driver error: `", "Other error: "];
    match error {
        Error::DatabaseError(_, information) => {
            DRIVER.iter().any(|start| information.message().starts_with(start))
        }
        _ => true,
    }
}

fn drivers(error: &Error) -> StoreError {
    match error {
        Error::DatabaseError(_, information) if information.message().contains("Packet too large") => {
            StoreError::too_large(error)
        }
        error => StoreError::lost(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Class;

    fn error(kind: DatabaseErrorKind, text: &str) -> Error {
        Error::DatabaseError(kind, Box::new(text.to_owned()))
    }

    #[test]
    fn the_drivers_errors_are_told_from_the_servers() {
        let says = |text| error(DatabaseErrorKind::Unknown, text);
        assert!(is_drivers(&says("Input/output error: Connection reset by peer")));
        assert!(!is_drivers(&says("Driver errors are not allowed")));
        assert!(is_drivers(&Error::NotFound));
        assert_eq!(drivers(&says("Driver error: `Packet too large.'")).class, Class::TooLarge);
        assert_eq!(drivers(&says("Driver error: `Packet out of order.'")).class, Class::Lost);
    }

    #[test]
    fn an_unknown_error_says_less_than_one_before_it() {
        let warning = |level: &str, code| (level.to_owned(), code, String::new());
        let null = [warning("Error", 1048), warning("Error", 1105), warning("Note", 4094)];
        assert_eq!(last_error(&null), Some(1048));
        assert_eq!(last_error(&null[1..]), Some(1105));
        assert_eq!(last_error(&null[2..]), None);
    }

    #[test]
    fn where_the_server_says_no_code_diesel_knows_some() {
        assert_eq!(by_kind(&error(DatabaseErrorKind::ReadOnlyTransaction, "")), Some(1792));
        assert_eq!(by_kind(&error(DatabaseErrorKind::Unknown, "")), None);
    }
}
