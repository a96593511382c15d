//! Messages in a table of the user's own, as a mapping says: with every promise of the built-in one.

mod held;
mod once;
mod poison;
mod start;
mod tools;
mod updates;
mod values;

use std::path::PathBuf;

use anyhow::{Context, Result};
use aws_sdk_sqs::types::Message;
use mysql_async::prelude::{FromRow, Queryable};
use proof::process::Process;
use proof::test_env::TestEnv;

use crate::support::in_test_env;

/// Orders by their number, with a column of each kind.
const ORDERS: &str = "CREATE TABLE orders (
    id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    customer VARCHAR(40) CHARACTER SET utf8mb4 NOT NULL,
    total DECIMAL(12,2) NULL,
    placed_at DATETIME(3) NULL,
    paid BOOLEAN NOT NULL DEFAULT FALSE,
    source VARCHAR(10) NOT NULL,
    message BINARY(16) NOT NULL UNIQUE,
    raw MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL
) ENGINE = InnoDB";

const MAPPING: &str = r#"table = "orders"

[columns]
id        = "/order/id"
customer  = { from = "/order/customer", as = "text" }
total     = { from = "/order/total", as = "decimal", missing = "null" }
placed_at = { from = "/order/placed_at", as = "time", missing = "null" }
paid      = { from = "/order/paid", as = "boolean", missing = "default" }
source    = { value = "shop" }
message   = { from = "dedup-id", as = "binary" }
raw       = "body"
"#;

/// An order that its table takes.
fn order(id: usize) -> String {
    format!(
        r#"{{"order": {{"id": {id}, "customer": "c{id}", "total": "{id}.50",
        "placed_at": "2026-11-27T05:44:54.123Z", "paid": true}}}}"#
    )
}

/// A table, a mapping, and what consumes with both.
struct Scene<'e> {
    env: &'e TestEnv,
    file: PathBuf,
}

impl<'e> Scene<'e> {
    async fn new(env: &'e TestEnv, table: &str, mapping: &str) -> Result<Self> {
        env.connect().await?.query_drop(table).await?;
        let scene = Self { env, file: std::env::temp_dir().join(format!("{}.toml", env.schema()?)) };
        scene.write(mapping)?;
        Ok(scene)
    }

    fn write(&self, mapping: &str) -> Result<()> {
        std::fs::write(&self.file, mapping).context("cannot write the mapping")
    }

    fn consumer(&self) -> Result<Process> {
        self.consumer_with(&[])
    }

    fn consumer_with(&self, variables: &[(&str, &str)]) -> Result<Process> {
        let file = self.file.to_string_lossy();
        let arguments = ["--wait-time", "1s", "--visibility-timeout", "4s", "--mapping", &file];
        Process::start_with(self.env, "consumer", &arguments, variables)
    }

    async fn rows<T: FromRow + Send + 'static>(&self, query: &str) -> Result<Vec<T>> {
        Ok(self.env.connect().await?.query(query).await?)
    }

    async fn run(&self, statement: &str) -> Result<()> {
        Ok(self.env.connect().await?.query_drop(statement).await?)
    }

    async fn count(&self, table: &str) -> Result<usize> {
        let count = self.rows::<usize>(&format!("SELECT COUNT(*) FROM {table}")).await?;
        count.first().copied().context("no count")
    }

    async fn send(&self, bodies: impl IntoIterator<Item = String>) -> Result<()> {
        for body in bodies {
            self.env.send(&body, None).await?;
        }
        Ok(())
    }

    /// Reasons of the dead letters, sorted.
    async fn reasons(&self) -> Result<Vec<String>> {
        let letters = self.env.take_dead_letters().await?;
        let mut reasons: Vec<_> =
            letters.iter().filter_map(|letter| attribute(letter, "dlq-reason")).collect();
        reasons.sort();
        Ok(reasons)
    }
}

impl Drop for Scene<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

fn attribute(letter: &Message, name: &str) -> Option<String> {
    letter.message_attributes.as_ref()?.get(name)?.string_value.clone()
}

/// Runs `test` with this table and mapping.
async fn with_table(
    table: &str,
    mapping: &str,
    test: impl AsyncFnOnce(&Scene<'_>) -> Result<()>,
) -> Result<()> {
    in_test_env(async |env| {
        let scene = Scene::new(env, table, mapping).await?;
        test(&scene).await
    })
    .await
}
