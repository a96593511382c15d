//! What a mapping says, line by line.

use super::pointer::Pointer;
use super::source::{As, Existing, Missing, Source};

/// As many as `inbox.job` holds.
pub(crate) const MAX_JOB: usize = 64;

/// Something, and the line that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct At<T> {
    /// Counted from 1.
    pub(crate) line: usize,
    /// What it says.
    pub(crate) value: T,
}

/// Which table a message goes to, and what its columns get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The file, as it was named.
    pub file: String,
    /// The table.
    pub(crate) table: At<String>,
    /// What becomes of a message whose key exists.
    pub(crate) existing: At<Existing>,
    /// The pointer whose column must grow for an update.
    pub(crate) if_newer: Option<At<Pointer>>,
    /// Under which name of `inbox` messages are remembered, where that was said.
    pub(crate) job: Option<At<String>>,
    /// Which messages have a row.
    pub(crate) filter: Option<Filter>,
    /// In the order of the file.
    pub(crate) columns: Vec<Column>,
}

/// Only messages with this value at this place have a row; others are done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The line that says where.
    pub(crate) line: usize,
    /// Where.
    pub(crate) pointer: Pointer,
    /// A text, or a number or truth as JSON writes it.
    pub(crate) value: String,
}

/// What a column gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The line that says so.
    pub(crate) line: usize,
    /// Its name.
    pub(crate) name: String,
    /// Where the value comes from.
    pub(crate) source: Source,
    /// What is made of it.
    pub(crate) made: As,
    /// What a message without it means.
    pub(crate) missing: Missing,
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
