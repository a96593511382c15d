//! The configuration: what was said on the command line, checked as a whole.

use std::path::PathBuf;

use acquit::Options;

use crate::cli::{Cli, ConsumeArgs};
use engine::batch::BatchLimits;
use engine::settings::{Settings, fitting_wait};
use mysql::connection::url::DatabaseUrl;
use mysql::store::BATCH_BYTES;
use mysql::store::open::OpenError;

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
    Url(#[from] OpenError),
}

/// The database that was named: by the file, or else by `DATABASE_URL`.
///
/// # Errors
/// Where none was, or the URL is malformed.
pub fn database_url(cli: &Cli) -> Result<DatabaseUrl, ConfigError> {
    let url = match &cli.database_url_file {
        Some(path) => DatabaseUrl::from_file(path).map_err(of("--database-url-file (DATABASE_URL_FILE)"))?,
        None => match std::env::var("DATABASE_URL").unwrap_or_default().trim() {
            "" => return Err(ConfigError::NoDatabase),
            url => url.parse()?,
        },
    };
    match &cli.database_ca_file {
        Some(path) => url.with_ca_file(path).map_err(of("--database-ca-file (DATABASE_CA_FILE)")),
        None => Ok(url),
    }
}

/// Names the option that named the file.
fn of(option: &'static str) -> impl Fn(OpenError) -> ConfigError {
    move |error| match error {
        OpenError::File(path, error) => ConfigError::File(option, path, error),
        OpenError::Certificates => ConfigError::Certificates(option),
        error => ConfigError::Url(error),
    }
}

/// What was asked for, as the worker takes it.
pub fn options(args: &ConsumeArgs) -> Options {
    let settings = Settings {
        receivers: args.receivers,
        workers: args.workers,
        batch: BatchLimits { rows: args.batch_rows, bytes: BATCH_BYTES },
        visibility_timeout: args.visibility_timeout,
        wait_time: fitting_wait(args.wait_time, args.shutdown_grace),
        poll_linger: args.poll_linger,
        reject_limit: args.reject_limit,
        handler_timeout: args.handler_timeout,
        shutdown_grace: args.shutdown_grace,
        show_bodies: args.show_bodies,
        ..Settings::default()
    };
    let max_in_flight = Some(args.max_in_flight);
    Options { settings, max_in_flight, fail_fast: args.fail_fast, ..Options::default() }
}
