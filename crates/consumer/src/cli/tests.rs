//! What the command line takes, and what it refuses.

use acquit::cli::{Pages, queue};
use acquit::handler::QueueRef;
use clap::FromArgMatches;
use clap::error::ErrorKind;
use clap::parser::ValueSource;

use super::*;

#[test]
fn the_command_line_is_sound() {
    command().debug_assert();
}

#[test]
fn the_doctor_takes_what_the_consumer_takes_before_or_after_its_name() {
    for line in [
        ["consumer", "--workers", "9", "--queue-name", "q", "doctor", "--json"],
        ["consumer", "doctor", "--json", "--workers", "9", "--queue-name", "q"],
        ["consumer", "--workers", "9", "doctor", "--queue-name", "q", "--json"],
    ] {
        let matches = command().get_matches_from(line);
        let cli = Cli::from_arg_matches(&matches).unwrap();
        assert!(
            matches!(cli.command, Some(Task::Operate(Command::Doctor(args))) if args.json && !args.strict)
        );
        assert_eq!((cli.consume.workers, cli.consume.queue.queue_name.as_str()), (9, "q"), "{line:?}");
        assert_eq!(matches.value_source("queue_name"), Some(ValueSource::CommandLine), "{line:?}");
    }
}

#[test]
fn pages_are_to_be_had_and_do_not_stand_between_the_commands() {
    let help = command().render_help().to_string();
    assert!(help.contains("migrate") && !help.contains("  completions"), "{help}");
    let cli = Cli::try_parse_from(["consumer", "completions", "fish"]).unwrap();
    assert!(matches!(cli.command, Some(Task::Operate(Command::Pages(Pages::Completions { .. })))));
}

#[test]
fn a_value_outside_its_range_is_refused_with_flag_variable_and_range() {
    let cases = [
        ("--receivers", "0", "1 to 256", "RECEIVERS"),
        ("--receivers", "257", "1 to 256", "RECEIVERS"),
        ("--receivers", "-1", "1 to 256", "RECEIVERS"),
        ("--wait-time", "-1s", "0s to 20s", "WAIT_TIME"),
        ("--reject-limit", "-1", "0 to 1000000", "REJECT_LIMIT"),
        ("--workers", "65", "1 to 64", "WORKERS"),
        ("--max-in-flight", "0", "1 to 100000", "MAX_IN_FLIGHT"),
        ("--batch-rows", "1001", "1 to 1000", "BATCH_ROWS"),
        ("--wait-time", "21s", "0s to 20s", "WAIT_TIME"),
        ("--poll-linger", "11s", "0s to 10s", "POLL_LINGER"),
        ("--visibility-timeout", "1", "2s to 12h", "VISIBILITY_TIMEOUT"),
        ("--visibility-timeout", "12h 1s", "2s to 12h", "VISIBILITY_TIMEOUT"),
        ("--handler-timeout", "0s", "1s to 11h", "HANDLER_TIMEOUT"),
        ("--shutdown-grace", "0", "1s to 1h", "SHUTDOWN_GRACE"),
        ("--admin-addr", "9090", "127.0.0.1:9090", "ADMIN_ADDR"),
    ];
    for (flag, value, range, variable) in cases {
        let error = command().try_get_matches_from(["consumer", flag, value]).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::ValueValidation, "{text}");
        assert!([flag, range, variable].iter().all(|part| text.contains(part)), "{text}");
    }
}

fn without_environment(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| arg.env(None)).mut_subcommands(without_environment)
}

#[test]
fn a_queue_is_meant_wherever_it_was_typed() {
    let queue = |arguments: &[&str]| {
        // The environment that the tests run in is none of theirs.
        let command = without_environment(Cli::command());
        queue(&command.try_get_matches_from([&["consumer"], arguments].concat()).unwrap()).unwrap()
    };
    let name = |name: &str| QueueRef::Name(name.into());
    assert_eq!(queue(&["dlq", "ls", "--queue-name", "after"]), name("after"));
    assert_eq!(queue(&["--queue-name", "before", "dlq", "ls"]), name("before"));
    assert_eq!(queue(&["--queue-name", "before", "trace", "x", "--queue-name", "after"]), name("after"));
    assert_eq!(queue(&["dlq", "purge", "--all"]), name("hello-queue"));
}

#[test]
fn what_moves_or_deletes_letters_says_which() {
    let parse = |arguments: &[&str]| Cli::try_parse_from([&["consumer", "dlq"], arguments].concat());
    for command in ["redrive", "purge"] {
        let error = parse(&[command]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
        let error = parse(&[command, "--all", "--reason", "x"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
        for filter in ["--reason", "--id", "--body-contains"] {
            assert!(parse(&[command, filter, "x"]).is_ok());
            assert!(parse(&[command, filter, ""]).is_err(), "an empty {filter} fits everything");
        }
    }
}

#[test]
fn the_database_url_is_no_argument() {
    let error = Cli::try_parse_from(["consumer", "--database-url", "mysql://u:p@h/d"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownArgument);
}

#[test]
fn only_commands_that_use_the_database_take_its_options() {
    for line in [
        &["consumer", "trace", "x"][..],
        &["consumer", "migrate"],
        &["consumer", "doctor"],
        &["consumer", "mapping", "new", "t"],
    ] {
        let matches = command().get_matches_from([line, &["--database-url-file", "url"]].concat());
        let cli = Cli::from_arg_matches(&matches).unwrap();
        assert_eq!(cli.database.database_url_file.unwrap().to_str(), Some("url"), "{line:?}");
    }
    let line = ["consumer", "dlq", "ls", "--database-url-file", "url"];
    assert_eq!(command().try_get_matches_from(line).unwrap_err().kind(), ErrorKind::UnknownArgument);
}
