//! What to measure, and how much of it.

use std::time::Duration;

use clap::{Parser, ValueEnum};
use runtime::value_parser;

/// Measures the consumer side by side with others. Progress goes to standard error, tables in
/// Markdown to standard output. Exits with 0 if everything could be measured, also where a budget
/// is missed.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// What to measure
    #[arg(value_enum, default_value_t = Section::All)]
    pub section: Section,
    /// Rounds of a drain, in which the subjects take turns
    #[arg(long, env = "BENCH_ROUNDS", value_name = "N", default_value = "3", value_parser = rounds)]
    pub rounds: usize,
    /// Messages in a drain, but 50,000 at a distance; slow rivals are given 3,000 at most
    #[arg(long, env = "BENCH_MESSAGES", value_name = "N", default_value = "20000", value_parser = messages)]
    pub messages: usize,
    /// Subjects of a drain whose names contain this, and no others; may be given several times
    #[arg(long, env = "BENCH_ONLY", value_name = "TEXT", value_delimiter = ',')]
    pub only: Vec<String>,
    /// How long messages are sent for at one a second; at higher rates it is a third of it
    #[arg(long, env = "BENCH_LATENCY_TIME", value_name = "TIME", default_value = "60s", value_parser = latency)]
    pub latency_time: Duration,
    /// How long an idle consumer is watched, after it has settled
    #[arg(long, env = "BENCH_IDLE_TIME", value_name = "TIME", default_value = "60s", value_parser = idle)]
    pub idle_time: Duration,
    /// Rows that are in the table before `growth` begins
    #[arg(long, env = "BENCH_ROWS", value_name = "N", default_value = "20000000", value_parser = rows)]
    pub rows: usize,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Section {
    /// All but distance, growth and losses, and what came of the budgets
    All,
    /// Speed and cost of draining a full queue, beside rivals; draws the picture
    Drain,
    /// Time from send to row
    Latency,
    /// What an idle consumer costs, and messages that come one by one
    Cost,
    /// Memory for large bodies
    Memory,
    /// Several consumers on one queue
    Scale,
    /// Speed, latency and memory with SQS and database a given way off, beside rivals; draws its picture
    Distance,
    /// Speed on a table that has outgrown the database's memory; takes long, and disk
    Growth,
    /// Speed of jobs with a transaction of their own, beside a plain loop
    Tx,
    /// Speed of a relay, how long messages are on their way, and what an idle one asks the database
    Relay,
    /// What order within groups costs, how fast one group goes, and what a noisy tenant costs others
    Fifo,
    /// Speed of JSON into the columns of a table, beside the built-in store and a bare loop
    Mapping,
    /// How fast many callers send with one producer, and what it costs whoever is alone
    Producer,
    /// What is lost, doubled and wrongly dead-lettered where others break, beside rivals; stops the
    /// stack's database for a minute
    Losses,
    /// Draws the pictures of the last drain and the last distance again
    Picture,
}

impl Section {
    /// Whether `part` is to be measured.
    pub fn has(self, part: Self) -> bool {
        self == part
            || (self == Self::All
                && !matches!(part, Self::Distance | Self::Growth | Self::Losses | Self::Picture))
    }
}

fn rounds(text: &str) -> Result<usize, String> {
    value_parser::number(text, "BENCH_ROUNDS", (1, 100))
}

fn messages(text: &str) -> Result<usize, String> {
    value_parser::number(text, "BENCH_MESSAGES", (2_000, 1_000_000))
}

fn latency(text: &str) -> Result<Duration, String> {
    value_parser::seconds(text, "BENCH_LATENCY_TIME", (3, 3_600))
}

fn idle(text: &str) -> Result<Duration, String> {
    value_parser::seconds(text, "BENCH_IDLE_TIME", (20, 3_600))
}

fn rows(text: &str) -> Result<usize, String> {
    value_parser::number(text, "BENCH_ROWS", (100_000, 1_000_000_000))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_takes_long_is_measured_only_when_asked_for() {
        assert!(Section::All.has(Section::Drain) && !Section::All.has(Section::Growth));
        assert!(Section::Distance.has(Section::Distance) && !Section::All.has(Section::Distance));
        assert!(Section::Losses.has(Section::Losses) && !Section::All.has(Section::Losses));
        assert!(Section::Growth.has(Section::Growth) && !Section::Drain.has(Section::Latency));
    }
}
