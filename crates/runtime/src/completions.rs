//! Shell completions and manual pages, made of the command line itself: neither can be out of date.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Command, Subcommand};
use clap_complete::Shell;
use clap_mangen::Man;

/// What a program tells shells and `man` about itself. Left out of the list of commands, which is
/// for those who came to get something done.
#[derive(Clone, Debug, Subcommand)]
pub enum Pages {
    /// Print completions for a shell
    #[command(hide = true)]
    Completions {
        /// Which
        shell: Shell,
    },
    /// Print the manual page, or write one for each command into a folder
    #[command(hide = true)]
    Man {
        /// The folder, such as /usr/local/share/man/man1
        folder: Option<PathBuf>,
    },
}

impl Pages {
    /// Prints or writes what was asked for, about `command`.
    ///
    /// # Errors
    /// Where standard output or the folder cannot be written to.
    pub fn write(&self, mut command: Command) -> Result<(), clap::Error> {
        let written = match self {
            Self::Completions { shell } => print(&completions(*shell, command.clone())),
            Self::Man { folder: None } => page(command.clone()).and_then(|page| print(&page)),
            Self::Man { folder: Some(folder) } => manual(command.clone(), folder),
        };
        written.map_err(|error| command.error(ErrorKind::Io, format!("cannot write: {error}")))
    }
}

fn completions(shell: Shell, mut command: Command) -> Vec<u8> {
    let (name, mut script) = (command.get_name().to_owned(), Vec::new());
    clap_complete::generate(shell, &mut command, name, &mut script);
    script
}

/// The page of the program as a whole.
fn page(command: Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.disable_help_subcommand(true)).render(&mut page)?;
    Ok(page)
}

/// A page for the program, and one for each of its commands.
fn manual(command: Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command.disable_help_subcommand(true), folder)
}

fn print(text: &[u8]) -> io::Result<()> {
    io::stdout().lock().write_all(text)
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ValueEnum};

    use super::*;

    fn command() -> Command {
        let command = Command::new("program").arg(Arg::new("pace").long("pace").help("How fast"));
        Pages::augment_subcommands(command)
    }

    #[test]
    fn every_shell_gets_the_options() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(completions(*shell, command())).unwrap();
            assert!(script.contains("pace"), "{shell}");
        }
    }

    #[test]
    fn the_page_has_the_options_and_names_no_page_that_is_not_there() {
        let page = String::from_utf8(page(command()).unwrap()).unwrap();
        assert!(page.contains(".TH program 1") && page.contains("How fast"), "{page}");
        assert!(!page.contains("program\\-man") && !page.contains("program\\-help"), "{page}");
    }
}
