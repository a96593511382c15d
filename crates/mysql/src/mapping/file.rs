//! What a mapping says, line by line.

use super::pointer::Pointer;
use super::source::{As, Existing, Missing, Source};

/// As many as `inbox.job` holds.
pub(crate) const MAX_JOB: usize = 64;

/// Something, and the line that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// Counted from 1.
    pub line: usize,
    /// What it says.
    pub value: T,
}

/// Which table a message goes to, and what its columns get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The file, as it was named.
    pub file: String,
    /// The table.
    pub table: At<String>,
    /// What becomes of a message whose key exists.
    pub existing: At<Existing>,
    /// The pointer whose column must grow for an update.
    pub if_newer: Option<At<Pointer>>,
    /// Under which name of `inbox` messages are remembered, where that was said.
    pub job: Option<At<String>>,
    /// Which messages have a row.
    pub filter: Option<Filter>,
    /// In the order of the file.
    pub columns: Vec<Column>,
}

/// Only messages with this value at this place have a row; others are done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The line that says where.
    pub line: usize,
    /// Where.
    pub pointer: Pointer,
    /// A text, or a number or truth as JSON writes it.
    pub value: String,
}

/// What a column gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The line that says so.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// Where the value comes from.
    pub source: Source,
    /// What is made of it.
    pub made: As,
    /// What a message without it means.
    pub missing: Missing,
}

impl Mapping {
    /// Its job's name in `inbox`.
    pub(crate) fn job_name(&self) -> String {
        let table = &self.table.value;
        match &self.job {
            Some(job) => job.value.clone(),
            None if is_job_name(&format!("map:{table}")) => format!("map:{table}"),
            None => format!("map:{}", shared::message::DedupId::of(table)),
        }
    }
}

/// Whether `inbox` takes it.
pub(crate) fn is_job_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_JOB && name.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
