//! The command line, and the order that it amounts to.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use outbound::outgoing::is_group;
use runtime::completions::Pages;
use runtime::logging::LogArgs;
use runtime::queue::QueueArgs;
use runtime::{value_parser, variables};
use shared::queue::QueueRef;

use crate::help;
use crate::input::item::Format;
use crate::input_args::{InputArgs, InputFile};
use crate::pace::Pace;
use crate::relay::RelayArgs;

/// Puts `hello world N`, or what is in a file, on an Amazon SQS queue, at a steady pace.
///
/// Prints `Message sent with id: N` on stdout for each message that SQS confirmed, of a file the number of
/// its line; logs go to stderr. While SQS is away, messages wait and are sent again under the same dedup
/// id. The first SIGINT or SIGTERM stops it once the sends under way are answered, the second at once.
#[derive(Debug, Parser)]
#[command(version, after_help = help::AFTER, allow_negative_numbers = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    queue: QueueArgs,
    /// Time from one message to the next, 1ms to 1h, such as 500ms or 2s [default: 1s; of a
    /// file: --rate max]
    #[arg(long, env = "INTERVAL", value_name = "DURATION", allow_hyphen_values = true, value_parser = interval)]
    interval: Option<Pace>,
    /// Instead of --interval: messages per second, up to 100000, fractions allowed; or `max`, as fast
    /// as the queue takes them
    #[arg(long, env = "RATE", value_name = "N|max", value_parser = rate)]
    rate: Option<Pace>,
    /// How many messages to send, 1 to 1000000000000; of a file, at most [default: until stopped, or to
    /// the end of the file]
    #[arg(long, env = "COUNT", value_name = "N", value_parser = count)]
    count: Option<u64>,
    /// Number of the first message, 0 to 1000000000000000; of a file, the first line that is sent
    #[arg(long, env = "START", value_name = "N", value_parser = start, default_value = "1")]
    start: u64,
    /// `MessageGroupId` of all messages that say none, 1 to 128 printable characters: a FIFO queue keeps
    /// their order and needs it, a standard queue serves groups fairly
    #[arg(long, env = "GROUP", value_name = "TEXT", value_parser = group)]
    group: Option<String>,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// What else it can do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Send what lies in the table `outbox`, in order, and delete what was confirmed
    Relay(RelayArgs),
    #[command(flatten)]
    Pages(Pages),
}

/// What to do.
#[derive(Debug)]
pub enum Work {
    /// Send greetings.
    Send(Order),
    /// Send what others have written down.
    Relay(RelayArgs, LogArgs),
}

/// Which greetings to send, all choices made.
#[derive(Debug)]
pub struct Order {
    /// Where to.
    pub queue: QueueRef,
    /// How fast.
    pub pace: Pace,
    /// How many; `None`: until stopped, or to the end of the file.
    pub count: Option<u64>,
    /// The number of the first.
    pub start: u64,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// What is sent instead of greetings.
    pub file: Option<InputFile>,
    /// Where what was not confirmed is written down.
    pub rejects: Option<PathBuf>,
    /// How to log.
    pub log: LogArgs,
}

impl Work {
    /// Reads the command line and the environment; `None` where only a page was asked for, which is
    /// then written.
    ///
    /// # Errors
    /// Where they make no order; also for `--help` and `--version`.
    pub fn read() -> Result<Option<Self>, clap::Error> {
        variables::check_variables(&Cli::command())?;
        let matches = variables::without_empty_variables(Cli::command()).try_get_matches()?;
        let Cli { command, log, .. } = Cli::from_arg_matches(&matches)?;
        match command {
            Some(Command::Pages(pages)) => pages.write(Cli::command()).map(|()| None),
            Some(Command::Relay(relay)) => Ok(Some(Self::Relay(relay, log))),
            None => Order::new(&matches).map(Self::Send).map(Some),
        }
    }
}

impl Order {
    /// The numbers of the messages.
    pub fn numbers(&self) -> Range<u64> {
        self.start..self.count.map_or(u64::MAX, |count| self.start + count)
    }

    /// How many messages there are to be on the queue at the end; `None`: as many as there are.
    pub fn wanted(&self) -> Option<u64> {
        self.count.filter(|_| self.file.is_none())
    }

    fn new(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Cli { queue, interval, rate, count, start, group, input, log, .. } =
            Cli::from_arg_matches(matches)?;
        let is_typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let pace = pace((interval, is_typed("interval")), (rate, is_typed("rate")))?;
        let file = input.file(matches).map_err(conflict)?;
        let slowly = if file.is_some() { Pace::MAX } else { Pace::every(Duration::from_secs(1)) };
        let (pace, queue, rejects) = (pace.unwrap_or(slowly), queue.resolve(matches), input.rejects);
        let order = Self { queue, pace, count, start, group, file, rejects, log };
        order.check()?;
        Ok(order)
    }

    fn check(&self) -> Result<(), clap::Error> {
        if self.file.is_some() && self.start == 0 {
            return Err(conflict("--start (START) is the number of a line here, which counts from 1"));
        }
        // A line of JSON may say its own.
        let says_groups = self.file.as_ref().is_some_and(|file| file.format == Format::Jsonl);
        if self.group.is_none() && self.queue.is_fifo() && !says_groups {
            return Err(Cli::command().error(
                ErrorKind::MissingRequiredArgument,
                "a FIFO queue needs a group for its messages: give --group (GROUP)",
            ));
        }
        Ok(())
    }
}

/// One of two: what was typed beats what the environment says.
fn pace(interval: (Option<Pace>, bool), rate: (Option<Pace>, bool)) -> Result<Option<Pace>, clap::Error> {
    match (interval, rate) {
        ((Some(_), true), (Some(_), true)) => Err(conflict("--interval and --rate exclude each other")),
        ((Some(_), false), (Some(_), false)) => {
            Err(conflict("the variables INTERVAL and RATE exclude each other: unset one"))
        }
        ((Some(interval), true), _) => Ok(Some(interval)),
        (_, (Some(rate), true)) => Ok(Some(rate)),
        ((interval, _), (rate, _)) => Ok(interval.or(rate)),
    }
}

fn conflict(text: &str) -> clap::Error {
    Cli::command().error(ErrorKind::ArgumentConflict, text)
}

fn interval(text: &str) -> Result<Pace, String> {
    let (min, max) = (Duration::from_millis(1), Duration::from_hours(1));
    value_parser::duration(text, "INTERVAL", (min, max)).map(Pace::every)
}

fn rate(text: &str) -> Result<Pace, String> {
    let text = text.trim();
    let pace = match text.parse() {
        Ok(rate) => Pace::per_second(rate),
        Err(_) => (text == "max").then_some(Pace::MAX),
    };
    let highest = Pace::HIGHEST;
    pace.ok_or_else(|| format!("must be a number above 0 and up to {highest}, or max (variable RATE)"))
}

fn count(text: &str) -> Result<u64, String> {
    value_parser::number(text, "COUNT", (1, 1_000_000_000_000))
}

fn group(text: &str) -> Result<String, String> {
    let why = "must be 1 to 128 letters, digits and punctuation marks of ASCII (variable GROUP)";
    if is_group(text) { Ok(text.to_owned()) } else { Err(why.into()) }
}

fn start(text: &str) -> Result<u64, String> {
    value_parser::number(text, "START", (0, 1_000_000_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(arguments: &[&str]) -> Result<Order, clap::Error> {
        // The environment that the tests run in is none of theirs.
        let command = Cli::command().mut_args(|arg| arg.env(None));
        Order::new(&command.try_get_matches_from([&["sender"], arguments].concat())?)
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_options_it_greets_once_a_second_for_ever() {
        let order = order(&[]).unwrap();
        assert_eq!(order.queue, QueueRef::Name("hello-queue".into()));
        assert_eq!(order.pace, Pace::every(Duration::from_secs(1)));
        assert_eq!(order.numbers(), 1..u64::MAX);
    }

    #[test]
    fn a_count_ends_the_numbers() {
        assert_eq!(order(&["--count", "3", "--start", "5"]).unwrap().numbers(), 5..8);
    }

    #[test]
    fn a_rate_is_a_number_or_max() {
        assert_eq!(order(&["--rate", "max"]).unwrap().pace, Pace::MAX);
        assert_eq!(order(&["--rate", "0.5"]).unwrap().pace, Pace::every(Duration::from_secs(2)));
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_its_variable() {
        for (flag, variable, values) in [
            ("--interval", "INTERVAL", ["0s", "-1s", "soon"]),
            ("--rate", "RATE", ["0", "inf", "100001"]),
            ("--count", "COUNT", ["0", "1.5", "1000000000001"]),
            ("--group", "GROUP", ["", "a b", "é"]),
            ("--start", "START", ["-1", "", "1000000000000001"]),
        ] {
            for value in values {
                let error = order(&[flag, value]).unwrap_err().to_string();
                assert!(error.contains(flag) && error.contains(variable), "{error}");
            }
        }
    }

    #[test]
    fn a_fifo_queue_needs_a_group() {
        let error = order(&["--queue-name", "q.fifo"]).unwrap_err().to_string();
        assert!(error.contains("--group") && error.contains("GROUP"), "{error}");
        let order = order(&["--queue-name", "q.fifo", "--group", "g-1"]).unwrap();
        assert_eq!(order.group.as_deref(), Some("g-1"));
    }

    #[test]
    fn a_file_is_sent_as_fast_as_it_goes_unless_a_pace_is_given() {
        let fast = order(&["--lines", "a"]).unwrap();
        assert_eq!((fast.pace, fast.start, fast.wanted()), (Pace::MAX, 1, None));
        let slow = order(&["--jsonl", "-", "--interval", "2s", "--start", "7", "--count", "9"]).unwrap();
        assert_eq!((slow.pace, slow.start), (Pace::every(Duration::from_secs(2)), 7));
        assert_eq!((slow.count, slow.wanted()), (Some(9), None), "the file may have fewer");
    }

    #[test]
    fn lines_count_from_1_and_those_of_json_may_say_their_own_group() {
        let error = order(&["--lines", "a", "--start", "0"]).unwrap_err().to_string();
        assert!(error.contains("--start"), "{error}");
        assert!(order(&["--queue-name", "q.fifo", "--lines", "a"]).is_err());
        assert!(order(&["--queue-name", "q.fifo", "--jsonl", "a"]).is_ok());
    }

    #[test]
    fn both_paces_typed_or_both_from_the_environment_exclude_each_other() {
        let error = order(&["--rate", "1", "--interval", "1s"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
        assert!(pace((Some(Pace::MAX), false), (Some(Pace::MAX), false)).is_err());
    }

    #[test]
    fn a_typed_pace_beats_one_from_the_environment() {
        let slow = Pace::every(Duration::from_secs(9));
        assert_eq!(pace((Some(slow), true), (Some(Pace::MAX), false)).unwrap(), Some(slow));
        assert_eq!(pace((Some(slow), false), (Some(Pace::MAX), true)).unwrap(), Some(Pace::MAX));
    }
}
