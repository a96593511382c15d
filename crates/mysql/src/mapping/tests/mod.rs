//! Mappings as their authors write them, right and wrong.

mod messages;
mod table;
mod wrong;
