//! Messages into a table of the user's own, as a file says: no code, and the same promises.

mod check;
mod columns;
mod facts;
mod file;
mod flaw;
mod kind;
mod known;
mod number;
mod plan;
mod pointer;
mod reading;
mod row;
mod source;
mod time;
mod value;

#[cfg(test)]
mod tests;

pub use file::{At, Column, Filter, Mapping};
pub use flaw::{Flaw, MappingError};
pub use pointer::Pointer;
pub use source::{As, Existing, Missing, Source};
