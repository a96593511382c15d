#![doc = include_str!("../README.md")]

pub mod dlq;
pub mod doctor;
pub mod trace;

mod text;
