//! A failed statement: what to do about it, and what may be said of it.

mod class;
pub(crate) mod codes;
pub(crate) mod vitess;

use engine::verdict::Unavailable;
use std::fmt;

pub use class::Class;
pub use codes::class_of;

/// A statement that failed, or a connection that could not be had.
///
/// It shows itself in words that hold neither statements nor what is in rows.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreError {
    /// What to do about it.
    pub class: Class,
    /// The server's code, if it was the server; 1105 where it did not say which.
    pub code: Option<u16>,
    text: String,
}

impl StoreError {
    /// The connection failed, or there was none in time.
    pub(crate) fn away(text: impl fmt::Display) -> Self {
        Self { class: Class::Unavailable, code: None, text: text.to_string() }
    }

    /// Others have all connections.
    pub(crate) fn busy(text: impl fmt::Display) -> Self {
        Self { class: Class::Contention, ..Self::away(text) }
    }

    /// The connection broke under a statement.
    pub(crate) fn lost(text: impl fmt::Display) -> Self {
        Self { class: Class::Lost, ..Self::away(text) }
    }

    /// A statement of this size was not even sent.
    pub(crate) fn too_large(text: impl fmt::Display) -> Self {
        Self { class: Class::TooLarge, ..Self::away(text) }
    }

    /// The server refused with this code.
    pub fn server(code: u16, text: String) -> Self {
        Self { class: codes::class_of(code, &text), code: Some(code), text }
    }

    /// In the server's own words, which may quote the row: for its dead letter, and never logged.
    pub(crate) fn into_words(self) -> String {
        self.text
    }

    /// Whether it may be the fault of one row of several.
    pub(crate) fn may_be_of_one(&self) -> bool {
        matches!(self.class, Class::Data | Class::TooLarge | Class::Unknown | Class::Lost)
    }

    /// Whether nothing works until it is mended.
    pub(crate) fn permanent(&self) -> bool {
        matches!(self.class, Class::Schema | Class::Denied)
    }

    /// Whether server or user have as many connections as they may.
    pub(crate) fn is_for_want_of_connections(&self) -> bool {
        matches!(self.code, Some(1040 | 1203 | 1226))
    }

    /// Whether more may be said on the connection: it is a refusal, and no trouble of the connection's
    /// or the server's.
    pub(crate) fn keeps_connection(&self) -> bool {
        let trouble = [Class::Unavailable, Class::Leaving, Class::Lost, Class::TooLarge];
        self.code.is_some() && !trouble.contains(&self.class)
    }

    /// Whether all connections of now are of no use to those who come next: those to a server that
    /// is read-only stay with it after a failover, and those made before rights or password changed
    /// keep the old ones.
    pub(crate) fn empties_pool(&self) -> bool {
        matches!(self.class, Class::Leaving | Class::Denied)
    }

    fn gist(&self) -> &'static str {
        match self.class {
            Class::Unavailable | Class::Lost => "the database cannot work now",
            Class::Leaving => "the database is read-only or ends",
            Class::Contention => "others are in the way",
            Class::Data => "the database refuses a row",
            Class::TooLarge => "the statement is too large for the database",
            Class::Denied => "the database denies access",
            Class::Schema => "the table is not as it should be",
            Class::Unknown => "the database refuses, for a reason that is not known",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            None => f.write_str(&self.text),
            Some(code) if codes::words_are_harmless(code) => {
                write!(f, "{} (error {code})", vitess::words(&self.text))
            }
            Some(code) => write!(f, "{} (error {code})", self.gist()),
        }
    }
}

/// As it shows itself otherwise: a debug print must not tell more.
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({self})", self.class)
    }
}

impl std::error::Error for StoreError {}

impl From<&StoreError> for Unavailable {
    fn from(error: &StoreError) -> Self {
        if error.permanent() { Self::permanent(error) } else { Self::passing(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_holds_is_never_shown() {
        for code in [1062, 1064, 1105, 1292, 1366, 1526, 1644, 9999] {
            let error = StoreError::server(code, "Duplicate entry 'secret' for key 'x'".into());
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("secret") && shown.contains(&code.to_string()), "{shown}");
            assert!(error.into_words().contains("secret"));
        }
        let vitess =
            "vttablet: rpc error: code = Unavailable desc = gone: Sql: \"insert\", BindVars: {secret}";
        let error = StoreError::server(1105, vitess.into());
        assert!(error.class == Class::Unavailable && !error.to_string().contains("secret"));
        let vitess = "vttablet: rpc error: code = Unknown desc = x (errno 1290) (sqlstate HY000): Sql: \"insert\", BindVariables: {secret}";
        assert_eq!(StoreError::server(1290, vitess.into()).to_string(), "x (error 1290)");
    }

    #[test]
    fn names_that_an_operator_needs_are_shown() {
        let error = StoreError::server(1364, "Field 'tenant' doesn't have a default value".into());
        assert_eq!(error.to_string(), "Field 'tenant' doesn't have a default value (error 1364)");
    }

    #[test]
    fn only_a_refusal_keeps_its_connection_and_a_server_that_leaves_takes_all_with_it() {
        let server = |code| StoreError::server(code, String::new());
        for code in [1406, 1062, 1644, 1205, 1213, 1146, 9999] {
            assert!(server(code).keeps_connection() && !server(code).empties_pool(), "{code}");
        }
        for code in [1290, 1792, 1836, 1053, 1047] {
            assert!(!server(code).keeps_connection() && server(code).empties_pool(), "{code}");
        }
        assert!(server(1142).keeps_connection() && server(1142).empties_pool());
        assert!(!server(1040).keeps_connection() && !server(1040).empties_pool());
        assert!(!StoreError::away("gone").keeps_connection());
    }
}
