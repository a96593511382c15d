//! Which database, as command-line options.

use std::path::PathBuf;

use clap::Args;
use mysql::connection::url::{DatabaseUrl, UrlError};

/// Which database, as command-line options. Its URL is never an argument, as those are seen by every
/// user of the machine.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// File that holds the database's URL, used rather than `DATABASE_URL`; read for each connection
    #[arg(long, env = "DATABASE_URL_FILE", value_name = "PATH")]
    pub database_url_file: Option<PathBuf>,
    /// Trusted CA certificates (PEM); requires TLS
    #[arg(long, env = "DATABASE_CA_FILE", value_name = "PATH")]
    pub database_ca_file: Option<PathBuf>,
}

/// The commands that use a database.
const COMMANDS: [&str; 4] = ["migrate", "doctor", "trace", "mapping"];

/// Offers the database's options after the names of the commands that use a database, and not of
/// those that never do. A value given after a name is found where one before it is.
#[must_use]
pub fn with_database_options(command: clap::Command) -> clap::Command {
    let options = DatabaseArgs::augment_args(clap::Command::new("database"));
    let options: Vec<_> = options.get_arguments().cloned().map(|option| option.global(true)).collect();
    let there = COMMANDS.into_iter().filter(|name| command.find_subcommand(name).is_some());
    there.collect::<Vec<_>>().into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| {
            let has = |id| command.get_arguments().any(|option| option.get_id() == id);
            let missing: Vec<_> = options.iter().filter(|option| !has(option.get_id())).cloned().collect();
            command.args(missing)
        })
    })
}

/// The configuration does not do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Nothing says which database.
    #[error(
        "no database: set DATABASE_URL to mysql://user:password@host:3306/database, \
         or --database-url-file (DATABASE_URL_FILE) to a file that holds it"
    )]
    NoDatabase,
    /// A file cannot be read.
    #[error("cannot read {0} {1}: {2}")]
    File(&'static str, PathBuf, std::io::Error),
    /// A file of certificates has none.
    #[error("{0} must hold certificates in PEM, and holds none")]
    Certificates(&'static str),
    /// The URL is none.
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl DatabaseArgs {
    /// The database that was named: by the file, or else by `DATABASE_URL`.
    ///
    /// # Errors
    /// Returns an error that names the option if none was named, or the URL is malformed.
    pub fn url(&self) -> Result<DatabaseUrl, ConfigError> {
        let url = match &self.database_url_file {
            Some(path) => {
                DatabaseUrl::from_file(path).map_err(of("--database-url-file (DATABASE_URL_FILE)"))?
            }
            None => match std::env::var("DATABASE_URL").unwrap_or_default().trim() {
                "" => return Err(ConfigError::NoDatabase),
                url => url.parse()?,
            },
        };
        match &self.database_ca_file {
            Some(path) => url.with_ca_file(path).map_err(of("--database-ca-file (DATABASE_CA_FILE)")),
            None => Ok(url),
        }
    }
}

/// Names the option that named the file.
fn of(option: &'static str) -> impl Fn(UrlError) -> ConfigError {
    move |error| match error {
        UrlError::File(path, error) => ConfigError::File(option, path, error),
        UrlError::Certificates => ConfigError::Certificates(option),
        error => ConfigError::Url(error),
    }
}
