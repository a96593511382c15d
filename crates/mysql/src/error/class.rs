//! What there is to do about a statement that failed.

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing works for now, and it should pass: hold everything, and try again.
    Unavailable,
    /// As away, and this server is not the one to write to any more: it is read-only, or ends.
    Leaving,
    /// The connection broke while a statement was under way: as away, unless the statement was what
    /// broke it, by its size.
    Lost,
    /// Others were in the way: try again soon.
    Contention,
    /// A row is not acceptable, if rows like it were acceptable before.
    Data,
    /// Less at a time may do.
    TooLarge,
    /// Nothing works until rights or password are mended: as away, and louder.
    Denied,
    /// Nothing works until the schema is mended: as away, and louder.
    Schema,
    /// Not known: find out by trying rows one by one.
    Unknown,
}
