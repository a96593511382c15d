//! What a job's author tests with: it shows what a job did, and fails where a job is wrong.

mod inbox;
mod job;
mod queue;
mod schedule;
