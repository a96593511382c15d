//! What the servers' error codes mean: the one place that knows them.
//!
//! MySQL: <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>;
//! MariaDB: <https://mariadb.com/kb/en/mariadb-error-code-reference/>;
//! TiDB: <https://docs.pingcap.com/tidb/stable/error-codes>;
//! Vitess: <https://vitess.io/docs/reference/errors/query-serving/>;
//! Galera (1047, 1213): <https://galeracluster.com/library/kb/user-changes.html>;
//! Group Replication (1180, 3100, 3101):
//! <https://dev.mysql.com/doc/refman/8.4/en/group-replication-limitations.html>.

use super::class::Class;
use super::vitess;

/// Vitess's own connection to the server (client errors); disk or table full; storage engine; out of
/// memory; too many connections or statements; network; lost prepared statement; locks; commit; aborted;
/// user limits; interrupted; statement timeout; idle timeout. TiDB: stale schema information; placement
/// driver, store and region.
const AWAY: &[u16] = &[
    2002, 2003, 2006, 2013, 1021, 1026, 1030, 1037, 1038, 1040, 1041, 1080, 1114, 1129, 1135, 1152, 1158,
    1159, 1160, 1161, 1180, 1184, 1203, 1206, 1226, 1243, 1317, 1461, 1835, 1969, 3024, 3032, 4031, 8027,
    9001, 9002, 9003, 9004, 9005,
];

/// Galera without quorum; shutdown; killed; not available; a plugin of the group refuses. Read-only are
/// table, server, session, mode or storage engine.
const LEAVING: &[u16] = &[1047, 1053, 1079, 1927, 3100, 3168, 3169, 1036, 1290, 1792, 1836, 1874];

/// Changed since read; lock wait; deadlock; table changed; prepare again; lock aborted; rolled back at
/// certification. TiDB: conflicts of writes, commit to be tried again, schema changed.
const CONTENTION: &[u16] = &[1020, 1205, 1213, 1412, 1613, 1614, 1615, 1689, 3101, 8002, 8022, 8028, 9007];

/// Packet; TiDB's transaction.
const TOO_LARGE: &[u16] = &[1153, 8004];

/// Database, server, table, command, host, password, plugin, proxy, account, encryption.
const DENIED: &[u16] =
    &[1044, 1045, 1130, 1142, 1143, 1227, 1251, 1370, 1524, 1698, 1820, 1862, 3118, 3159, 3955, 4151];

/// Database, table or column missing; syntax; column count; default missing; view, trigger, routine or its
/// definer broken; not a table; generated column; table crashed or without its file; no primary key for
/// the group; collations; not supported.
const SCHEMA: &[u16] = &[
    1016, 1017, 1033, 1034, 1046, 1049, 1054, 1064, 1100, 1109, 1115, 1136, 1146, 1193, 1194, 1195, 1231,
    1235, 1267, 1273, 1286, 1288, 1289, 1295, 1305, 1347, 1348, 1356, 1360, 1364, 1422, 1442, 1449, 1471,
    1812, 1814, 1932, 3098, 3105,
];

/// NULL; keys; row size; subquery; range; truncated; wrong value; characters; too long; foreign key;
/// partition; SIGNAL; JSON; CHECK; conversion. TiDB: entry too large.
const DATA: &[u16] = &[
    1022, 1048, 1062, 1118, 1139, 1172, 1216, 1217, 1242, 1264, 1265, 1292, 1300, 1365, 1366, 1367, 1406,
    1411, 1416, 1451, 1452, 1526, 1586, 1591, 1644, 1690, 1748, 1761, 1762, 1863, 3140, 3141, 3143, 3144,
    3819, 3854, 3903, 3988, 4025, 8025,
];

const CLASSES: [(Class, &[u16]); 7] = [
    (Class::Unavailable, AWAY),
    (Class::Leaving, LEAVING),
    (Class::Contention, CONTENTION),
    (Class::TooLarge, TOO_LARGE),
    (Class::Denied, DENIED),
    (Class::Schema, SCHEMA),
    (Class::Data, DATA),
];

/// The server's words for these hold nothing but names, numbers and settings: they tell an operator what
/// to mend. All others may quote a statement, or what is in a row.
const HARMLESS: &[u16] = &[
    1016, 1017, 1021, 1033, 1034, 1036, 1040, 1044, 1045, 1046, 1047, 1048, 1049, 1053, 1054, 1079, 1109,
    1114, 1129, 1130, 1136, 1142, 1143, 1146, 1153, 1180, 1194, 1195, 1203, 1205, 1213, 1226, 1227, 1251,
    1264, 1265, 1267, 1286, 1290, 1305, 1317, 1356, 1364, 1370, 1406, 1442, 1449, 1452, 1461, 1524, 1698,
    1792, 1812, 1814, 1820, 1836, 1862, 1874, 1927, 1932, 1969, 3024, 3098, 3100, 3101, 3105, 3118, 3159,
    3168, 3169, 3819, 3955, 4025, 4031, 4151,
];

/// What an error of the server's means. `code` is MySQL's, MariaDB's or TiDB's; `text` is the server's
/// message, which is asked only where a code has several meanings.
pub fn class_of(code: u16, text: &str) -> Class {
    match code {
        // The group rolled a conflict back; anything else is a commit that failed, as on a full disk.
        1180 if text.to_lowercase().contains("deadlock") => Class::Contention,
        1105 => vitess::class_of(text),
        code => {
            let class = CLASSES.iter().find(|(_, codes)| codes.contains(&code));
            class.map_or(Class::Unknown, |(class, _)| *class)
        }
    }
}

/// Whether the server's words for this may be shown to everyone.
pub(crate) fn words_are_harmless(code: u16) -> bool {
    HARMLESS.contains(&code)
}

/// A unique key of somebody's own, or the primary one, holds such a value already.
pub(crate) fn is_duplicate(code: u16) -> bool {
    matches!(code, 1022 | 1062 | 1586)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(codes: &[u16], class: Class) {
        for code in codes {
            assert_eq!(class_of(*code, ""), class, "{code}");
        }
    }

    #[test]
    fn a_code_has_one_meaning() {
        let mut codes: Vec<_> = CLASSES.iter().flat_map(|(_, codes)| codes.iter()).collect();
        codes.sort_unstable();
        assert!(codes.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn only_errors_that_may_be_the_rows_are_data_errors() {
        all(&[1048, 1264, 1265, 1292, 1366, 1406, 1452, 1526, 1644, 3819, 4025], Class::Data);
        all(&[1136, 1146, 1054, 1364, 1442], Class::Schema);
        all(&[9999, 0], Class::Unknown);
    }

    #[test]
    fn a_server_that_is_no_longer_the_writer_is_told_from_one_that_is_busy() {
        all(&[1047, 1053, 1290, 1792, 1836, 1927, 3100], Class::Leaving);
        all(&[1040, 1114, 1180, 1317, 3024, 9001, 9005], Class::Unavailable);
        all(&[1044, 1045, 1142, 1227], Class::Denied);
    }

    #[test]
    fn conflicts_of_every_kind_of_cluster_are_tried_again() {
        all(&[1205, 1213, 3101, 8002, 8022, 8028, 9007], Class::Contention);
        let conflict = "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT";
        assert_eq!(class_of(1180, conflict), Class::Contention);
        assert_eq!(
            class_of(1180, "Got error 28 - 'No space left on device' during COMMIT"),
            Class::Unavailable
        );
    }

    #[test]
    fn words_that_may_quote_a_row_are_never_harmless() {
        // Duplicate entry, wrong values, SIGNAL, syntax near, partition for value, unknown, conflicting keys.
        for code in [1062, 1292, 1366, 1411, 1526, 1586, 1644, 1064, 1105, 9007, 8022, 9999] {
            assert!(!words_are_harmless(code), "{code}");
        }
    }
}
