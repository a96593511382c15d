//! What a failed call means for the program that made it.

/// What a failed call means for the program that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No answer, or one that says "later".
    Unavailable,
    /// Anything that is not one of the others: the request itself was refused.
    Refused,
    /// The credentials are wrong, stale, or lack the right.
    Denied,
    /// There is no such queue.
    NoSuchQueue,
}

impl ErrorKind {
    /// All there are, in their order.
    pub const ALL: [Self; 4] = [Self::Unavailable, Self::Refused, Self::Denied, Self::NoSuchQueue];

    /// In a word to count and to filter by.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoSuchQueue => "no_such_queue",
            Self::Denied => "denied",
            Self::Unavailable => "away",
            Self::Refused => "refused",
        }
    }
}
