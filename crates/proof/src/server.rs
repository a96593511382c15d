//! The database server as a process: to be killed, frozen and started again.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::process;

/// How to find it and how to start it: by default the local stack's own.
#[derive(Clone, Debug)]
pub struct Server {
    pid: String,
    start: String,
}

impl Server {
    /// As `DATABASE_PID_COMMAND` (prints its process id) and `DATABASE_START_COMMAND` say.
    pub fn from_env() -> Self {
        let or = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        Self {
            pid: or("DATABASE_PID_COMMAND", "cut -d' ' -f1 \"${STACK_DIR:-.stack}/database.pid\""),
            start: or("DATABASE_START_COMMAND", "scripts/stack up"),
        }
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// Where there is no such process here, as when it runs in a container.
    pub async fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid().await?, signal).context("cannot signal the database server")
    }

    /// Kills it. Returns when it is dead.
    pub async fn kill(&self) -> Result<()> {
        let pid = self.pid().await?;
        kill(pid, Signal::SIGKILL).context("cannot kill the database server")?;
        while is_alive(pid) {
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Starts it again. Returns when it takes connections.
    pub async fn start(&self) -> Result<()> {
        shell(&self.start).await.map(drop)
    }

    async fn pid(&self) -> Result<Pid> {
        let pid = shell(&self.pid).await?;
        let pid = pid.trim().parse().with_context(|| format!("`{}` printed no process id", self.pid))?;
        Ok(Pid::from_raw(pid))
    }
}

/// A process that nobody has buried yet is dead all the same.
fn is_alive(pid: Pid) -> bool {
    process::state(pid).is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

async fn shell(command: &str) -> Result<String> {
    let run = Command::new("bash").args(["-c", command]).kill_on_drop(true).output();
    let output =
        timeout(Duration::from_secs(90), run).await.with_context(|| format!("`{command}` hangs"))??;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{command}` failed: {errors}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
