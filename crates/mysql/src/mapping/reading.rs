//! Reads a mapping's file, and finds what can be known to be wrong without a database.

use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::columns::{Columns, Constant, Entry};
use super::file::{At, Column, Filter, MAX_JOB, Mapping, is_job_name};
use super::flaw::{Flaw, MappingError};
use super::pointer::Pointer;
use super::source::{As, Existing, Missing, Source};

/// As many as the name of a table or a column has.
const MAX_NAME: usize = 64;

/// The file's own words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Words {
    table: Spanned<String>,
    existing: Option<Spanned<Existing>>,
    if_newer: Option<Spanned<String>>,
    job: Option<Spanned<String>>,
    filter: Option<FilterWords>,
    #[serde(default)]
    columns: Columns,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterWords {
    pointer: Spanned<String>,
    value: Constant,
}

impl Mapping {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it cannot be read, or says what makes no sense.
    pub fn read(path: &Path) -> Result<Self, MappingError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what =
                format!("cannot be read ({error}): check the path, or begin with `consumer mapping new`");
            MappingError::new(&name, vec![Flaw::new(1, what)])
        })?;
        Self::parse(&name, &text)
    }

    /// Reads the text of the file of this name.
    ///
    /// # Errors
    /// Where it says what makes no sense.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        let words: Words = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line(text, &span));
            MappingError::new(file, vec![Flaw::new(line, advised(error.message()))])
        })?;
        let mut reading = Reading { text, flaws: Vec::new() };
        let mapping = reading.mapping(file, words);
        if reading.flaws.is_empty() { Ok(mapping) } else { Err(MappingError::new(file, reading.flaws)) }
    }
}

/// The parser's words, with a remedy where they have none.
fn advised(words: &str) -> String {
    match words {
        "missing field `table`" => "no table is named: add table = \"NAME\" at the top".to_owned(),
        "missing field `pointer`" => {
            "the filter has no pointer: write { pointer = \"/type\", value = … }".to_owned()
        }
        "missing field `value`" => {
            "the filter has no value: write { pointer = …, value = \"created\" }".to_owned()
        }
        words if words.contains("expected") => words.to_owned(),
        words => format!("{words}: mend the line, docs/mapping.md shows whole files"),
    }
}

fn line(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start.min(text.len())).unwrap_or(text);
    1 + before.bytes().filter(|byte| *byte == b'\n').count()
}

/// Collects all that is wrong.
struct Reading<'t> {
    text: &'t str,
    flaws: Vec<Flaw>,
}

impl Reading<'_> {
    fn at<T>(&self, spanned: Spanned<T>) -> At<T> {
        At { line: line(self.text, &spanned.span()), value: spanned.into_inner() }
    }

    fn flaw(&mut self, line: usize, what: impl Into<String>) {
        self.flaws.push(Flaw::new(line, what));
    }

    fn mapping(&mut self, file: &str, words: Words) -> Mapping {
        let table = self.at(words.table);
        self.check_name(table.line, "table", &table.value);
        let existing = words.existing.map(|existing| self.at(existing));
        let existing = existing.unwrap_or(At { line: table.line, value: Existing::default() });
        if words.columns.0.is_empty() {
            let what = "no column is filled: add [columns], and a line such as id = \"/order/id\" for each";
            self.flaw(table.line, what);
        }
        let columns: Vec<_> =
            words.columns.0.into_iter().filter_map(|(name, entry)| self.column(name, entry)).collect();
        self.check_columns(&columns);
        let if_newer = words.if_newer.and_then(|pointer| self.if_newer(pointer, existing.value, &columns));
        let job = words.job.map(|job| self.at(job));
        if let Some(At { line, value }) = job.as_ref().filter(|job| !is_job_name(&job.value)) {
            self.flaw(
                *line,
                format!("job {value:?}: a name is 1 to {MAX_JOB} printable ASCII characters: choose another"),
            );
        }
        let filter = words.filter.and_then(|filter| self.filter(filter));
        Mapping { file: file.to_owned(), table, existing, if_newer, job, filter, columns }
    }

    fn check_name(&mut self, line: usize, what: &str, name: &str) {
        let is_sound = !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.contains('\0');
        if !is_sound {
            self.flaw(
                line,
                format!("{name:?} cannot be the name of a {what}: write 1 to {MAX_NAME} characters"),
            );
        }
    }

    fn check_columns(&mut self, columns: &[Column]) {
        for (place, Column { line, name, .. }) in columns.iter().enumerate() {
            if columns[..place].iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
                self.flaw(*line, format!("column {name:?} is there twice: remove one of its lines"));
            }
        }
    }

    fn column(&mut self, name: Spanned<String>, entry: Entry) -> Option<Column> {
        let name = self.at(name);
        self.check_name(name.line, "column", &name.value);
        let At { line, value: name } = name;
        match entry {
            Entry::Short(source) => {
                let source = self.source(line, &source)?;
                Some(Column { line, name, source, made: As::Itself, missing: Missing::Reject })
            }
            Entry::Long(long) => {
                let line = long.place().map_or(line, |place| self::line(self.text, &place));
                let (made, missing) =
                    (long.made.map(|made| self.at(made)), long.missing.map(|it| self.at(it)));
                let source = match (long.from, long.value) {
                    (Some(from), None) => self.source(line, from.as_ref())?,
                    (None, Some(value)) => Source::Constant(value.into_inner().0),
                    _ => {
                        self.flaw(line, format!("column {name:?}: write either from = … or value = …"));
                        return None;
                    }
                };
                self.check_conversion(&source, made.as_ref());
                self.check_missing(&source, missing.as_ref());
                let made = made.map_or(As::Itself, |made| made.value);
                let missing = missing.map_or(Missing::Reject, |missing| missing.value);
                Some(Column { line, name, source, made, missing })
            }
        }
    }

    fn source(&mut self, line: usize, text: &str) -> Option<Source> {
        Source::parse(text).map_err(|what| self.flaw(line, what)).ok()
    }

    fn check_conversion(&mut self, source: &Source, made: Option<&At<As>>) {
        let Some(At { line, value: made }) = made else { return };
        let does = match (source, made) {
            (Source::DedupId, As::Binary | As::Text) => true,
            (_, As::Binary) => {
                return self.flaw(
                    *line,
                    "only dedup-id has 16 bytes: remove as = \"binary\", or write from = \"dedup-id\"",
                );
            }
            (source, As::Json) => matches!(source, Source::Pointer(_) | Source::Body),
            (source, _) => source.is_convertible(),
        };
        if !does {
            self.flaw(*line, format!("{} is stored as it is: remove `as`", source.name()));
        }
    }

    fn check_missing(&mut self, source: &Source, missing: Option<&At<Missing>>) {
        if let Some(At { line, .. }) = missing.filter(|_| !source.may_be_missing()) {
            self.flaw(*line, format!("{} is never missing: remove `missing`", source.name()));
        }
    }

    fn pointer(&mut self, pointer: Spanned<String>) -> Option<At<Pointer>> {
        let At { line, value } = self.at(pointer);
        let pointer = Pointer::parse(&value);
        let pointer = pointer.map_err(|error| self.flaw(line, format!("{value:?} is no pointer: {error}")));
        pointer.ok().map(|value| At { line, value })
    }

    fn if_newer(
        &mut self,
        pointer: Spanned<String>,
        existing: Existing,
        columns: &[Column],
    ) -> Option<At<Pointer>> {
        let pointer = self.pointer(pointer)?;
        let At { line, value } = &pointer;
        if existing != Existing::Update {
            self.flaw(*line, "if-newer is about updates: add existing = \"update\", or remove it");
        }
        match columns.iter().find(|column| column.source == Source::Pointer(value.clone())) {
            None => {
                self.flaw(*line, format!("if-newer compares with a column: add one with from = \"{value}\""));
            }
            Some(column) if column.missing != Missing::Reject => {
                self.flaw(
                    column.line,
                    format!("if-newer needs column {:?} in every message: remove `missing`", column.name),
                );
            }
            Some(_) => {}
        }
        Some(pointer)
    }

    fn filter(&mut self, words: FilterWords) -> Option<Filter> {
        let At { line, value: pointer } = self.pointer(words.pointer)?;
        Some(Filter { line, pointer, value: words.value.0 })
    }
}
