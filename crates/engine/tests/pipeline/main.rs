//! The whole pipeline on a fake queue and a fake store, in virtual time.
//!
//! No test sleeps for real or depends on the machine's speed: the clock jumps to the next timer
//! whenever nothing is left to do.

mod checker;
mod fake;
mod harness;

mod batch;
mod blame;
mod capacity;
mod delete;
mod drain;
mod fair;
mod grace;
mod heartbeat;
mod job;
mod lease;
mod letter;
mod monitor;
mod order;
mod outage;
mod panic;
mod poll;
mod release;
mod retry;
mod schedule;
mod silence;
mod storing;
