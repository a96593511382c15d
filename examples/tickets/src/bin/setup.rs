//! Makes the tables: those of the library, and those of the office with their seats.

use std::error::Error;

use acquit::MySql;
use acquit::database::{DatabaseUrl, migrate};
use clap::Parser;

/// Makes the tables in the database of `DATABASE_URL`; what is there stays
#[derive(Debug, Parser)]
struct Args {
    /// Seats of the hall
    #[arg(long, default_value_t = 1_000)]
    seats: u32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Args { seats } = Args::parse();
    migrate(&DatabaseUrl::from_env()?).await?;
    let mut connection = MySql::from_env().await?.connection().await?;
    Ok(tickets::tables::create(&mut connection, seats).await?)
}
