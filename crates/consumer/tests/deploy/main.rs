//! What lies in `deploy`, and what documents say, agrees with the program: names, variables, rights and times.
//!
//! The files are read as text. What they mean to their own tools, those tools check.

mod documents;
mod manifests;
mod metrics;
mod policies;

use std::path::{Path, PathBuf};

/// The workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the workspace.
fn read(path: &str) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between `before` and the end of its line, wherever `before` does.
fn values<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim().strip_prefix(before)).map(str::trim).collect()
}

/// What stands between `before` and the end of its line, once.
fn value<'a>(text: &'a str, before: &str) -> &'a str {
    match values(text, before)[..] {
        [value] => value,
        ref others => panic!("{before:?} is there {} times", others.len()),
    }
}
