//! A connection that ends without an answer.

/// The connection is to be closed without an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer")
    }
}

impl std::error::Error for Lost {}
