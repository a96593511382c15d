//! Messages into a table of the user's own, as a file says: no code, and the same promises.

mod check;
mod columns;
mod draft;
mod facts;
mod file;
mod flaw;
mod handler;
mod judged;
mod keys;
mod kind;
mod known;
mod marks;
mod number;
mod open;
mod plan;
mod pointer;
mod preview;
mod reading;
mod ready;
mod row;
mod source;
mod statement;
mod suit;
mod time;
mod tools;
mod value;
mod witness;
mod write;

#[cfg(test)]
mod tests;

pub use file::Mapping;
pub use flaw::{Flaw, MappingError};
pub use handler::MappedTable;
pub use open::MappedError;
pub use preview::Preview;
pub use tools::Examined;
