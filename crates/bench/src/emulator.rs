//! fauxqs, an emulator of SQS that is several times as fast as LocalStack.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::folder;

/// Killed when dropped, and ends by itself when this process does.
#[derive(Debug)]
pub struct Fauxqs {
    port: u16,
    pid: Pid,
    _child: Child,
}

impl Fauxqs {
    /// Starts it on a free port.
    pub async fn start() -> Result<Self> {
        let mut command = Command::new("node");
        // It holds what it was sent in memory.
        command.arg("--max-old-space-size=6144").arg(folder::bench().join("emulator.mjs"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut child = command.spawn().context("cannot start fauxqs")?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).context("no process id")?;
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        timeout(Duration::from_secs(20), output.read_line(&mut line)).await.context("fauxqs hangs")??;
        ensure!(!line.is_empty(), "fauxqs does not start");
        Ok(Self { port: line.trim().parse()?, pid: Pid::from_raw(pid), _child: child })
    }

    /// For `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its process.
    pub fn pid(&self) -> Pid {
        self.pid
    }
}
