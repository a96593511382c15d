//! What helps to write a mapping: a first one from the table, and a trial with one message.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use mysql::mapping::{Mapping, Preview};
use runtime::exit;

use super::{ConfigError, DatabaseArgs, Failure};

/// What there is to do with mappings.
#[derive(Clone, Debug, Subcommand)]
pub enum MappingCommand {
    /// Write a first mapping for a table, guessed from its columns and a sample message
    New {
        /// The table that messages are to go to
        table: String,
        /// File with the body of one message
        #[arg(long, value_name = "FILE")]
        sample: Option<PathBuf>,
    },
    /// Show the row that a mapping would make of a message; stores nothing
    Try {
        /// The mapping
        file: PathBuf,
        /// File with the body of the message; `-`: standard input
        message: PathBuf,
    },
}

impl MappingCommand {
    /// Carries it out. Returns the exit code: 1 where the message would be a dead letter.
    ///
    /// # Errors
    /// Returns an error in words for whoever typed the command.
    pub async fn run(&self, database: &DatabaseArgs) -> Result<u8, Failure> {
        match self {
            Self::New { table, sample } => {
                let sample = sample.as_deref().map(read).transpose()?;
                let draft = Mapping::draft(&database.url()?, table, sample.as_deref()).await?;
                print(&draft)?;
                Ok(0)
            }
            Self::Try { file, message } => {
                let mapping = Mapping::read(file)?;
                let body = read(message)?;
                // Without a database it is tried as far as that goes.
                let url = match database.url() {
                    Err(ConfigError::NoDatabase) => None,
                    url => Some(url?),
                };
                show(&mapping.preview(url.as_ref(), &body).await?)
            }
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let text =
        if path == Path::new("-") { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(path) };
    let text = text.map_err(|error| ConfigError::File("message", path.to_owned(), error))?;
    // Editors end a file with the end of a line, and messages have none.
    Ok(text.strip_suffix('\n').map(str::to_owned).unwrap_or(text))
}

fn show(preview: &Preview) -> Result<u8, Failure> {
    match preview {
        Preview::Row(columns) => {
            let width = columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
            let lines: Vec<_> =
                columns.iter().map(|(name, value)| format!("{name:width$}  {value}\n")).collect();
            print(&lines.concat())?;
            Ok(0)
        }
        Preview::Filtered => {
            print("no row: the filter leaves it out\n")?;
            Ok(0)
        }
        Preview::Refused(reason, error) => {
            print(&format!("no row: a dead letter with the reason {reason} ({error})\n"))?;
            Ok(exit::FAILED)
        }
    }
}

fn print(text: &str) -> Result<(), Failure> {
    io::stdout().write_all(text.as_bytes()).map_err(Failure::Report)
}
