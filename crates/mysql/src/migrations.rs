//! The migrations of all tables, which are a part of the program.

use std::collections::BTreeSet;

use diesel::migration::MigrationSource;
use diesel::mysql::Mysql;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// All of them, in the order in which they are applied.
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The versions of all that this program has.
pub(crate) fn versions() -> BTreeSet<String> {
    let migrations = MigrationSource::<Mysql>::migrations(&MIGRATIONS).unwrap_or_default();
    migrations.iter().map(|migration| migration.name().version().to_string()).collect()
}
