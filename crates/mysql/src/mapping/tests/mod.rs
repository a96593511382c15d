//! Mappings as their authors write them, right and wrong.

mod messages;
pub(super) mod table;
mod wrong;
