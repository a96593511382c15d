//! The configuration: what was said on the command line, checked as a whole.

use std::path::PathBuf;

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
        error => ConfigError::Url(error),
    }
}

/// What the pipeline is to be like, on a database that takes packets of `max_packet` bytes.
pub fn settings(args: &ConsumeArgs, max_packet: usize) -> Settings {
    Settings {
        receivers: args.receivers,
        workers: args.workers,
        max_in_flight: args.max_in_flight,
        batch: BatchLimits { rows: args.batch_rows, bytes: BATCH_BYTES.min(max_packet / 2) },
        visibility_timeout: args.visibility_timeout,
        wait_time: fitting_wait(args.wait_time, args.shutdown_grace),
        poll_linger: args.poll_linger,
        reject_limit: args.reject_limit,
        handler_timeout: args.handler_timeout,
        shutdown_grace: args.shutdown_grace,
        show_bodies: args.show_bodies,
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_batch_fits_twice_into_a_packet() {
        let cli = Cli::parse_from(["consumer"]);
        assert_eq!(settings(&cli.consume, 1 << 20).batch.bytes, 1 << 19);
        assert_eq!(settings(&cli.consume, 1 << 30).batch.bytes, BATCH_BYTES);
    }
}
