//! Values as literals of SQL, for statements that are sent as text.

use std::fmt::Write;

/// Bytes as a literal that needs no quoting.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut literal = "x'".to_owned();
    for byte in bytes {
        let _ = write!(literal, "{byte:02x}");
    }
    literal + "'"
}
