//! The consumers' user: its rights are what a consumer needs, and its password can be rotated.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use tokio::time::sleep;

use super::connections::kill_connections;
use crate::test_env::TestEnv;

/// A user of the database, and the file that holds its URL.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) name: String,
    file: PathBuf,
    way: SocketAddr,
}

impl Worker {
    /// Makes the user, whose connections go by `way`, and the table a constraint that poison
    /// violates. An administrator may write to a read-only server; this user may not.
    pub(super) async fn create(env: &TestEnv, way: SocketAddr) -> Result<Self> {
        let (mut admin, name) = (env.connect().await?, format!("worker_{:08x}", fastrand::u32(..)));
        for statement in [
            "ALTER TABLE messages ADD CHECK (message NOT LIKE 'poison%')".to_owned(),
            format!("CREATE USER '{name}'@'%' IDENTIFIED BY 'worker'"),
            format!("GRANT SELECT, INSERT, UPDATE ON messages TO '{name}'@'%'"),
        ] {
            admin.query_drop(&statement).await.with_context(|| statement.clone())?;
        }
        let worker = Self { file: std::env::temp_dir().join(&name), name, way };
        worker.write(env, "worker")?;
        Ok(worker)
    }

    /// The file that holds its URL.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Changes the password, ends the connections that had the old one, and tells the consumers
    /// only `later`.
    pub(super) async fn rotate(&self, env: &TestEnv, later: Duration) -> Result<()> {
        let password = format!("worker-{:08x}", fastrand::u32(..));
        let statement = format!("ALTER USER '{}'@'%' IDENTIFIED BY '{password}'", self.name);
        env.connect().await?.query_drop(statement).await?;
        kill_connections(env).await?;
        sleep(later).await;
        self.write(env, &password)
    }

    /// In one step, as secrets are written.
    fn write(&self, env: &TestEnv, password: &str) -> Result<()> {
        let url = format!("mysql://{}:{password}@{}/{}", self.name, self.way, env.schema()?);
        let new = self.file.with_extension("new");
        std::fs::write(&new, url)?;
        Ok(std::fs::rename(new, &self.file)?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}
