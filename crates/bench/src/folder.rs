//! Where things are: the repository, and what is installed and written beside the stack.

use std::path::PathBuf;

/// The repository that this was built from.
pub fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The stack's own folder, as `scripts/stack` has it.
pub fn stack() -> PathBuf {
    std::env::var_os("STACK_DIR").map_or_else(|| repository().join(".stack"), PathBuf::from)
}

/// Rivals, emulator and logs; never committed.
pub fn bench() -> PathBuf {
    stack().join("bench")
}

/// The programs of the rivals, as they are committed.
pub fn peers() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/peers"))
}

/// What readers look at.
pub fn docs() -> PathBuf {
    repository().join("docs")
}
