//! A program under measurement.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::{folder, gauge};

/// Killed when dropped; its output is in a file.
#[derive(Debug)]
pub struct Running {
    /// Its process.
    pub pid: Pid,
    name: String,
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts it.
    pub fn start(name: &str, mut command: Command) -> Result<Self> {
        let folder = folder::bench().join("logs");
        std::fs::create_dir_all(&folder)?;
        let log = folder.join(format!("{}.log", name.replace([' ', ',', '+'], "-")));
        let output = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).context("no process id")?;
        Ok(Self { pid: Pid::from_raw(pid), name: name.to_owned(), log, child })
    }

    /// Processor time so far.
    pub fn cpu(&self) -> Result<Duration> {
        gauge::cpu(self.pid)
    }

    /// Most memory resident so far, in MiB.
    pub fn peak(&self) -> Result<f64> {
        gauge::peak(self.pid)
    }

    /// What it wrote so far.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(&self.log)?).into_owned())
    }

    /// An error if it has ended: nothing that is measured here ends by itself.
    pub fn check(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        bail!("{} ended with {status}: {}", self.name, self.tail());
    }

    /// Its last lines.
    pub fn tail(&self) -> String {
        let log = self.log().unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// Ends it at once. What it held, nobody wants any more.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.with_context(|| format!("cannot end {}", self.name))
    }
}
