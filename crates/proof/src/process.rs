//! A sender or consumer that runs as its users run it, with its output in a file.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::test_env::TestEnv;

/// A process as others see it: by its number and its log.
#[derive(Clone, Debug)]
pub struct Outside {
    pid: Pid,
    name: String,
    log: PathBuf,
}

/// Everything that was started and may still run.
#[derive(Debug, Default)]
pub struct Roll(Mutex<Vec<Outside>>);

impl Roll {
    /// One more.
    pub fn add(&self, process: &Process) {
        self.processes().push(process.outside());
    }

    /// Those that run, or are frozen.
    pub fn running(&self) -> Vec<Outside> {
        let mut processes = self.processes();
        processes.retain(|process| process.state().is_some_and(|state| !matches!(state, 'Z' | 'X')));
        processes.clone()
    }

    fn processes(&self) -> MutexGuard<'_, Vec<Outside>> {
        self.0.lock().expect("nothing panics while holding it")
    }
}

impl Outside {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it runs, rather than being frozen or dead.
    pub fn runs(&self) -> bool {
        self.state().is_some_and(|state| !matches!(state, 'T' | 't' | 'Z' | 'X'))
    }

    /// Whether it was asked to stop, or says that it ends.
    pub fn is_ending(&self) -> bool {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        ["stopping", "ended", "ERROR a task failed"].iter().any(|word| log.contains(word))
    }

    /// Where its admin server is, once it has said so.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        let log = std::fs::read_to_string(&self.log).ok()?;
        let (_, rest) = log.split_once("admin server at http://")?;
        rest.split('/').next()?.parse().ok()
    }

    fn state(&self) -> Option<char> {
        state(self.pid)
    }
}

/// Killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    pid: Pid,
    name: String,
    output: PathBuf,
    /// Whether it is to die at a fail point.
    pub armed: bool,
}

impl Process {
    /// Starts `program`, of this workspace, on `env`.
    pub fn start(env: &TestEnv, program: &str, arguments: &[&str]) -> Result<Self> {
        Self::start_with(env, program, arguments, &[])
    }

    /// As [`start`](Self::start), with variables of its own.
    pub fn start_with(
        env: &TestEnv,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Self> {
        Self::start_at(env, program, arguments, variables, Stdio::null())
    }

    /// As [`start`](Self::start), with this as its standard input.
    pub fn start_fed(
        env: &TestEnv,
        program: &str,
        arguments: &[&str],
        input: impl Into<Stdio>,
    ) -> Result<Self> {
        Self::start_at(env, program, arguments, &[], input.into())
    }

    fn start_at(
        env: &TestEnv,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
        input: Stdio,
    ) -> Result<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(1);
        let name = format!("{program}-{}", STARTED.fetch_add(1, Ordering::Relaxed));
        let folder = folder_of(program)?;
        let output = folder.join("proof-logs").join(std::process::id().to_string()).join(&name);
        std::fs::create_dir_all(&output)?;
        let mut command = Command::new(folder.join(program));
        command.args(arguments).env("QUEUE_URL", &env.queue_url).env("DATABASE_URL", &env.database_url);
        command.envs(env.endpoint.iter().map(|endpoint| ("AWS_ENDPOINT_URL", endpoint)));
        command.envs(variables.iter().copied()).stdin(input).kill_on_drop(true);
        command.stdout(File::create(output.join("stdout"))?).stderr(File::create(output.join("stderr"))?);
        let child = command.spawn().with_context(|| format!("cannot start {program}"))?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).context("no process id")?;
        let armed = variables.iter().any(|(name, _)| *name == "FAILPOINT");
        Ok(Self { child, pid: Pid::from_raw(pid), name, output, armed })
    }

    /// Applies the migrations to `env`, as a user would.
    pub async fn migrate(env: &TestEnv) -> Result<()> {
        let mut migrate = Self::start(env, "consumer", &["migrate"])?;
        let ended = migrate.ended(Duration::from_secs(30)).await?;
        ensure!(ended.success(), "cannot migrate: {}", migrate.tail());
        Ok(())
    }

    /// As others see it.
    pub fn outside(&self) -> Outside {
        Outside { pid: self.pid, name: self.name.clone(), log: self.output.join("stderr") }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid, signal).with_context(|| format!("cannot signal {}", self.name))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Where it does not end within `most`.
    pub async fn ended(&mut self, most: Duration) -> Result<ExitStatus> {
        let ended = timeout(most, self.child.wait()).await;
        Ok(ended.with_context(|| format!("{} did not end within {most:?}: {}", self.name, self.tail()))??)
    }

    /// How it ended, if it has.
    pub fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks it to stop, as an orchestrator does. Returns its exit code.
    pub async fn stop(&mut self) -> Result<Option<i32>> {
        self.signal(Signal::SIGTERM)?;
        Ok(self.ended(Duration::from_secs(40)).await?.code())
    }

    /// What it wrote to standard output so far.
    pub fn output(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.output.join("stdout"))?)
    }

    /// The numbers that a sender says were sent.
    pub fn confirmed(&self) -> Result<Vec<u64>> {
        let output = self.output()?;
        let numbers = output.lines().filter_map(|line| line.strip_prefix("Message sent with id: "));
        numbers.map(|number| Ok(number.parse()?)).collect()
    }

    /// What it logged so far.
    pub fn log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.output.join("stderr"))?)
    }

    /// Processor time it has used so far.
    pub fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        let (_, fields) = stat.rsplit_once(')').context("no process")?;
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
        // A tick is 10 ms on every Linux that Rust runs on.
        Ok(Duration::from_millis(ticks * 10))
    }

    /// The end of its log.
    pub fn tail(&self) -> String {
        let log = self.log().unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

/// Where cargo puts programs: beside this one, or, for a test, one folder up.
pub fn folder_of(program: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut folders = own.ancestors().skip(1).take(2);
    let found = folders.find(|folder| folder.join(program).is_file());
    Ok(found
        .with_context(|| {
            format!("{program} is not built: run `cargo build --workspace --lib --bins --examples`")
        })?
        .to_owned())
}

/// The state of a process, as the kernel abbreviates it; `None`: there is none.
pub(crate) fn state(pid: Pid) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
