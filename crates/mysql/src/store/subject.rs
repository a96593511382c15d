//! The table that is written to, and which of its columns.

/// A table, as far as what is written to it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Its name.
    pub(crate) table: String,
    /// The columns that are written.
    columns: Vec<String>,
    /// Whether it is the program's own, whose types are known.
    pub(crate) is_own: bool,
}

impl Subject {
    /// The table `messages`.
    pub(crate) fn messages() -> Self {
        let columns = ["id", "message", "sent_at"].map(str::to_owned).to_vec();
        Self { table: "messages".to_owned(), columns, is_own: true }
    }

    /// Somebody else's.
    pub(crate) fn of(table: &str, columns: impl IntoIterator<Item = String>) -> Self {
        Self { table: table.to_owned(), columns: columns.into_iter().collect(), is_own: false }
    }

    /// Its name in a statement.
    pub(crate) fn quoted(&self) -> String {
        quoted(&self.table)
    }

    /// Whether rows say something of this column.
    pub(crate) fn writes(&self, column: &str) -> bool {
        self.columns.iter().any(|written| written.eq_ignore_ascii_case(column))
    }
}

/// A name in a statement, whatever it holds.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_quotes() {
        assert_eq!(quoted("a`; DROP TABLE b"), "`a``; DROP TABLE b`");
    }
}
