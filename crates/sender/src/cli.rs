//! The command line, and the order that it amounts to.

use std::ops::Range;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use runtime::completions::Pages;
use runtime::logging::LogArgs;
use runtime::queue::QueueArgs;
use runtime::{value_parser, variables};
use shared::queue::QueueRef;

use crate::pace::Pace;
use crate::relay::RelayArgs;

const AFTER_HELP: &str = "\
Examples:
  sender                              one message a second to hello-queue, until Ctrl-C
  sender --count 10 --interval 500ms  ten messages, two a second
  sender --rate 2000 --count 1000000  a million messages, 2,000 a second
  sender --rate max --count 100000    as fast as the queue takes them
  sender --count 10 --start 11        hello world 11 to hello world 20
  sender relay                        what lies in the table outbox of DATABASE_URL, until Ctrl-C
  sender completions bash             what bash completes; also zsh, fish and others
  sender man | man -l -               the manual page

Region and credentials are found as by every AWS tool: AWS_REGION, AWS_PROFILE,
AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, the host's role.

Exit codes:
  0  all messages are on the queue; without --count: stopped, and nothing is left over
  1  some could not be sent, a run with --count was stopped early, or access or queue is missing
  2  an option or a URL must be changed first: the last line on stderr says which
  3  stopped, and SQS did not answer within 10 s (or a second signal): outcome unknown";

/// Puts `hello world N` on an Amazon SQS queue, at a steady pace.
///
/// Prints `Message sent with id: N` on stdout for each message that SQS confirmed; logs go to
/// stderr. While SQS is away, messages wait and are sent again under the same dedup id. The first
/// SIGINT or SIGTERM stops it once the sends under way are answered, the second at once.
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP, allow_negative_numbers = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    queue: QueueArgs,
    /// Time from one message to the next, 1ms to 1h, such as 500ms or 2s [default: 1s]
    #[arg(long, env = "INTERVAL", value_name = "DURATION", allow_hyphen_values = true, value_parser = interval)]
    interval: Option<Pace>,
    /// Instead of --interval: messages per second, up to 100000, fractions allowed; or `max`, as fast
    /// as the queue takes them
    #[arg(long, env = "RATE", value_name = "N|max", value_parser = rate)]
    rate: Option<Pace>,
    /// How many messages to send, 1 to 1000000000000 [default: until stopped]
    #[arg(long, env = "COUNT", value_name = "N", value_parser = count)]
    count: Option<u64>,
    /// Number of the first message, 0 to 1000000000000000
    #[arg(long, env = "START", value_name = "N", value_parser = start, default_value = "1")]
    start: u64,
    /// `MessageGroupId` of all messages, 1 to 128 printable characters: a FIFO queue keeps their order and
    /// needs it, a standard queue serves groups fairly
    #[arg(long, env = "GROUP", value_name = "TEXT", value_parser = group)]
    group: Option<String>,
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
    /// How many; `None`: until stopped.
    pub count: Option<u64>,
    /// The number of the first.
    pub start: u64,
    /// `MessageGroupId`.
    pub group: Option<String>,
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

    fn new(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Cli { queue, interval, rate, count, start, group, log, .. } = Cli::from_arg_matches(matches)?;
        let is_typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let pace = pace((interval, is_typed("interval")), (rate, is_typed("rate")))?;
        let queue = queue.resolve(matches);
        if group.is_none() && queue.is_fifo() {
            return Err(Cli::command().error(
                ErrorKind::MissingRequiredArgument,
                "a FIFO queue needs a group for its messages: give --group (GROUP)",
            ));
        }
        Ok(Self { queue, pace, count, start, group, log })
    }
}

/// One of two: what was typed beats what the environment says.
fn pace(interval: (Option<Pace>, bool), rate: (Option<Pace>, bool)) -> Result<Pace, clap::Error> {
    match (interval, rate) {
        ((Some(_), true), (Some(_), true)) => Err(conflict("--interval and --rate exclude each other")),
        ((Some(_), false), (Some(_), false)) => {
            Err(conflict("the variables INTERVAL and RATE exclude each other: unset one"))
        }
        ((Some(interval), true), _) => Ok(interval),
        (_, (Some(rate), true)) => Ok(rate),
        ((interval, _), (rate, _)) => Ok(interval.or(rate).unwrap_or(Pace::every(Duration::from_secs(1)))),
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

/// What SQS takes for a group.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn group(text: &str) -> Result<String, String> {
    let is_fit = (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
    let why = "must be 1 to 128 letters, digits and punctuation marks of ASCII (variable GROUP)";
    if is_fit { Ok(text.to_owned()) } else { Err(why.into()) }
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
    fn both_paces_typed_or_both_from_the_environment_exclude_each_other() {
        let error = order(&["--rate", "1", "--interval", "1s"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
        assert!(pace((Some(Pace::MAX), false), (Some(Pace::MAX), false)).is_err());
    }

    #[test]
    fn a_typed_pace_beats_one_from_the_environment() {
        let slow = Pace::every(Duration::from_secs(9));
        assert_eq!(pace((Some(slow), true), (Some(Pace::MAX), false)).unwrap(), slow);
        assert_eq!(pace((Some(slow), false), (Some(Pace::MAX), true)).unwrap(), Pace::MAX);
    }
}
