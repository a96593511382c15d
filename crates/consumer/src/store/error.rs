//! What a failed statement means: the one place that knows the server's error codes.
//!
//! <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>,
//! <https://mariadb.com/kb/en/mariadb-error-code-reference/>

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing works for now, and it should pass: hold everything and probe.
    Away,
    /// Others were in the way: try again soon.
    Contention,
    /// A row is not acceptable, whoever sends it, whenever.
    Data,
    /// Nothing works until somebody mends schema or rights: as away, and louder.
    Schema,
    /// Not known: find out by trying rows one by one, and by probing.
    Unknown,
}

/// A statement that failed, or a connection that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct StoreError {
    /// What to do about it.
    pub class: Class,
    /// The server's code, if it was the server.
    pub code: Option<u16>,
    /// In the server's or the driver's words. May quote the row.
    pub text: String,
}

impl StoreError {
    /// The connection failed, or there was none in time.
    pub(crate) fn away(text: impl std::fmt::Display) -> Self {
        Self { class: Class::Away, code: None, text: text.to_string() }
    }

    /// The server refused with this code.
    pub(crate) fn server(code: u16, text: String) -> Self {
        Self { class: class_of(code), code: Some(code), text }
    }

    /// Whether the connection must not be used again. A server that became read-only keeps its
    /// old connections, and stays read-only for them after a failover.
    pub(crate) fn spoils_connection(&self) -> bool {
        const READ_ONLY: [u16; 3] = [1290, 1792, 1836];
        self.code.is_none_or(|code| READ_ONLY.contains(&code))
    }
}

fn class_of(code: u16) -> Class {
    match code {
        // Lock wait timeout; deadlock.
        1205 | 1213 => Class::Contention,
        // Disk or table full; out of memory; too many connections; shutdown; host blocked; aborted;
        // user limits; read-only; interrupted; statement timeout.
        1021 | 1037 | 1038 | 1040 | 1041 | 1053 | 1114 | 1129 | 1152 | 1180 | 1184 | 1203 | 1226 | 1290
        | 1317 | 1792 | 1836 | 1927 | 1969 | 3024 | 3032 | 3100 | 3168 => Class::Away,
        // Access; database, table or column missing; syntax; command denied; view or trigger broken.
        1044 | 1045 | 1049 | 1054 | 1064 | 1109 | 1142 | 1143 | 1146 | 1227 | 1356 | 1370 | 1698 | 3118
        | 4151 => Class::Schema,
        // NULL; range; truncated; too long; wrong value; foreign key; CHECK; characters; packet.
        1048 | 1153 | 1216 | 1264 | 1265 | 1292 | 1364 | 1366 | 1406 | 1452 | 1526 | 3140 | 3819 | 3854
        | 3988 | 4025 => Class::Data,
        _ => Class::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_that_blame_the_row_are_data_errors() {
        let data = [1048, 1264, 1265, 1292, 1364, 1366, 1406, 1452, 3819, 4025];
        assert!(data.iter().all(|code| class_of(*code) == Class::Data));
        let others = [1040, 1045, 1146, 1205, 1213, 1290, 1114, 9999];
        assert!(others.iter().all(|code| class_of(*code) != Class::Data));
    }

    #[test]
    fn a_read_only_server_spoils_its_connections() {
        assert!(StoreError::server(1290, String::new()).spoils_connection());
        assert!(!StoreError::server(1406, String::new()).spoils_connection());
        assert!(StoreError::away("gone").spoils_connection());
    }
}
