//! What is wrong with a mapping, in one line for whoever wrote the file.

use std::fmt;

/// A line of the file, and what is wrong with it, remedy included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, and what to do about it.
    pub what: String,
}

impl Flaw {
    pub(crate) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// The mapping cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// The file, as it was named.
    pub file: String,
    /// In the order of their lines; never empty.
    pub flaws: Vec<Flaw>,
}

impl MappingError {
    pub(crate) fn new(file: &str, mut flaws: Vec<Flaw>) -> Self {
        flaws.sort_by_key(|flaw| flaw.line);
        Self { file: file.to_owned(), flaws }
    }
}

/// As compilers say it: `orders.toml:7: …`.
impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Flaw { line, what }) in self.flaws.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            // The parser's words may come in several lines, and this is one.
            let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
            write!(f, "{separator}{}:{line}: {what}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for MappingError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_flaws_stand_in_one_line_in_the_order_of_the_file() {
        let flaws = vec![Flaw::new(9, "b:\n  do that"), Flaw::new(2, "a: do this")];
        assert_eq!(
            MappingError::new("m.toml", flaws).to_string(),
            "m.toml:2: a: do this; m.toml:9: b: do that"
        );
    }
}
