//! What is to be sent instead of greetings, as command-line options.

use std::path::PathBuf;

use clap::ArgMatches;
use clap::builder::NonEmptyStringValueParser;
use clap::parser::ValueSource;

use crate::input::item::Format;

/// What is to be sent instead of greetings.
// The variables are not called LINES and SOURCE: to many a shell LINES is the height of its terminal.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct InputArgs {
    /// Sends the lines of a file instead, each as a message of its own; `-`: of standard input
    #[arg(long, env = "LINES_FILE", value_name = "FILE")]
    pub lines: Option<PathBuf>,
    /// Sends the messages of a file instead, a JSON object a line; `-`: of standard input
    #[arg(long, env = "JSONL_FILE", value_name = "FILE")]
    pub jsonl: Option<PathBuf>,
    /// Names what is read, so that what is sent again is no message more [default: the path of a file;
    /// standard input has no name]
    #[arg(long, env = "SOURCE_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub source: Option<String>,
    /// Writes what was not confirmed to a file, which must not be there yet; --jsonl sends it again under
    /// the same names
    #[arg(long, env = "REJECTS_FILE", value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

/// A file to send, and what its lines are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// The file; `-`: standard input.
    pub path: PathBuf,
    /// What its lines are.
    pub format: Format,
    /// What names it, if not its path.
    pub source: Option<String>,
}

impl InputArgs {
    /// The file that is to be sent; `None`: greetings are.
    ///
    /// # Errors
    /// A sentence with the options that do not go together.
    pub fn file(&self, matches: &ArgMatches) -> Result<Option<InputFile>, &'static str> {
        let is_typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let (lines_typed, jsonl_typed) = (is_typed("lines"), is_typed("jsonl"));
        let (path, format) = match (&self.lines, &self.jsonl) {
            (Some(_), Some(_)) if lines_typed && jsonl_typed => {
                return Err("--lines and --jsonl exclude each other");
            }
            (Some(_), Some(_)) if lines_typed == jsonl_typed => {
                return Err("the variables LINES_FILE and JSONL_FILE exclude each other: unset one");
            }
            (Some(lines), None) => (lines, Format::Lines),
            (Some(lines), Some(_)) if lines_typed => (lines, Format::Lines),
            (_, Some(jsonl)) => (jsonl, Format::Jsonl),
            (None, None) if is_typed("source") => {
                return Err("--source names what --lines or --jsonl reads: give one of them");
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(InputFile { path: path.clone(), format, source: self.source.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    fn file(arguments: &[&str]) -> Result<Option<InputFile>, &'static str> {
        let command = InputArgs::augment_args(Command::new("test")).mut_args(|arg| arg.env(None));
        let matches = command.get_matches_from([&["test"], arguments].concat());
        InputArgs::from_arg_matches(&matches).unwrap().file(&matches)
    }

    fn read(path: &str, format: Format, source: Option<&str>) -> InputFile {
        InputFile { path: path.into(), format, source: source.map(str::to_owned) }
    }

    #[test]
    fn lines_or_messages_are_read_from_a_file_or_standard_input() {
        assert_eq!(file(&[]), Ok(None));
        assert_eq!(file(&["--lines", "a"]), Ok(Some(read("a", Format::Lines, None))));
        let named = read("-", Format::Jsonl, Some("s"));
        assert_eq!(file(&["--jsonl", "-", "--source", "s"]), Ok(Some(named)));
    }

    #[test]
    fn what_does_not_go_together_is_said_with_its_options() {
        for (arguments, said) in [
            (&["--lines", "a", "--jsonl", "b"][..], ["--lines", "--jsonl"]),
            (&["--source", "s"], ["--source", "--lines"]),
        ] {
            let error = file(arguments).unwrap_err();
            assert!(said.iter().all(|option| error.contains(option)), "{error}");
        }
    }

    #[test]
    fn a_typed_file_beats_one_from_the_environment() {
        let args = InputArgs { lines: Some("a".into()), jsonl: Some("b".into()), ..InputArgs::default() };
        let command = || InputArgs::augment_args(Command::new("test")).mut_args(|arg| arg.env(None));
        let typed = |arguments: &[&str]| command().get_matches_from([&["test"], arguments].concat());
        let format = |arguments: &[&str]| args.file(&typed(arguments)).map(|file| file.unwrap().format);
        assert_eq!(format(&["--lines", "a"]), Ok(Format::Lines));
        assert_eq!(format(&["--jsonl", "b"]), Ok(Format::Jsonl));
        assert!(format(&[]).unwrap_err().contains("LINES_FILE"));
    }
}
