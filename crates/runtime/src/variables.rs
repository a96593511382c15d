//! Which variables count: none that is set to nothing, and each that is read must be text.

use std::ffi::OsStr;

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};

/// The command, to which an option's variable that is set to nothing is as good as unset: that is
/// how compose files and manifests leave an option out.
pub fn without_empty_variables(command: Command) -> Command {
    let is_empty = |variable: &OsStr| std::env::var_os(variable).is_some_and(|value| value.is_empty());
    let forget = |option: Arg| {
        if option.get_env().is_some_and(is_empty) { option.env(None::<&str>) } else { option }
    };
    command.mut_args(forget).mut_subcommands(without_empty_variables)
}

/// Looks at the variables that `command` and the libraries below it read.
///
/// # Errors
/// Returns an error that names the variable if one is not in UTF-8, which but a path must be.
pub fn check_variables(command: &Command) -> Result<(), clap::Error> {
    let bad = std::env::vars_os().find(|(name, value)| value.to_str().is_none() && is_text(command, name));
    bad.map_or(Ok(()), |(name, _)| Err(not_text(command, &name.to_string_lossy())))
}

/// Whether the variable is read, and not as a path.
fn is_text(command: &Command, variable: &OsStr) -> bool {
    const READ_BY_LIBRARIES: [&str; 5] = ["AWS_", "OTEL_", "RUST_LOG", "DATABASE_URL", "ADMIN_TOKEN"];
    match option_of(command, variable) {
        Some(option) => option.get_value_parser().type_id() != ValueParser::path_buf().type_id(),
        None => READ_BY_LIBRARIES.iter().any(|start| variable.to_string_lossy().starts_with(start)),
    }
}

fn option_of<'a>(command: &'a Command, variable: &OsStr) -> Option<&'a Arg> {
    let own = command.get_arguments().find(|option| option.get_env() == Some(variable));
    own.or_else(|| command.get_subcommands().find_map(|command| option_of(command, variable)))
}

fn not_text(command: &Command, name: &str) -> clap::Error {
    let text = format!("the variable {name} is not in UTF-8: set it to text, or unset it");
    command.clone().error(ErrorKind::InvalidUtf8, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_are_read_must_be_text_unless_they_are_paths() {
        let number = Arg::new("n").long("n").env("N");
        let file =
            Arg::new("file").long("file").env("DATABASE_URL_FILE").value_parser(ValueParser::path_buf());
        let command = Command::new("test").subcommand(Command::new("sub").args([number, file]));
        let is_text = |name: &str| is_text(&command, OsStr::new(name));
        assert!(["N", "AWS_REGION", "RUST_LOG", "DATABASE_URL"].into_iter().all(is_text));
        assert!(!["DATABASE_URL_FILE", "LANG", "M"].into_iter().any(is_text));
    }
}
