//! What can drain a queue into the table: ours, the bare loop, and rivals.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use proof::process::folder_of;
use proof::test_env::TestEnv;
use tokio::process::Command;

use crate::running::Running;

/// The consumer.
pub const OURS: &str = "ours";
/// The measure of what everything else costs.
pub const BARE: &str = "bare SDK loop";
/// The rival that the budgets are about.
pub const TUNED: &str = "sqs-consumer, tuned";

/// A slow one is given so many messages at most: a run is to take minutes.
const FEW: usize = 3_000;

/// A program that drains the queue in `QUEUE_URL` into the database in `DATABASE_URL`.
#[derive(Clone, Debug)]
pub struct Subject {
    /// As tables have it.
    pub name: &'static str,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    variables: Vec<(&'static str, &'static str)>,
    slow: bool,
}

impl Subject {
    /// Another's program.
    pub fn rival(name: &'static str, program: PathBuf, script: PathBuf) -> Self {
        Self { name, program, arguments: vec![script], variables: Vec::new(), slow: false }
    }

    /// Another's program that is built, with a variable of its own.
    pub fn built(name: &'static str, program: PathBuf, variable: (&'static str, &'static str)) -> Self {
        Self { name, program, arguments: Vec::new(), variables: vec![variable], slow: false }
    }

    /// The same, given fewer messages.
    #[must_use]
    pub fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    /// The consumer with its defaults.
    pub fn ours() -> Result<Self> {
        Self::own(OURS, "consumer")
    }

    /// The bare loop.
    pub fn bare() -> Result<Self> {
        Self::own(BARE, "bare_loop")
    }

    /// A worker with a transaction for each message.
    pub fn tx_worker() -> Result<Self> {
        Self::own("worker", "tx_worker")
    }

    /// The plain loop that does the same.
    pub fn tx_loop() -> Result<Self> {
        Self::own("plain loop", "tx_loop")
    }

    /// The bare loop for a table of eight columns.
    pub fn mapped_loop() -> Result<Self> {
        Self::own(BARE, "mapped_loop")
    }

    fn own(name: &'static str, program: &str) -> Result<Self> {
        let program = folder_of(program)?.join(program);
        Ok(Self { name, program, arguments: Vec::new(), variables: Vec::new(), slow: false })
    }

    /// Whether it is given fewer messages.
    pub fn is_slow(&self) -> bool {
        self.slow
    }

    /// How many of so many messages it is given.
    pub fn messages(&self, messages: usize) -> usize {
        if self.slow { messages.min(FEW) } else { messages }
    }

    /// Starts it on `bed`, with the queue's endpoint as given.
    pub fn start(&self, bed: &TestEnv, endpoint: &str) -> Result<Running> {
        self.start_with(bed, endpoint, &[])
    }

    /// As [`start`](Self::start), with variables of its own.
    pub fn start_with(&self, bed: &TestEnv, endpoint: &str, variables: &[(&str, &str)]) -> Result<Running> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).env("AWS_ENDPOINT_URL", endpoint);
        command.env("QUEUE_URL", &bed.queue_url).env("DATABASE_URL", &bed.database_url);
        command.envs(self.variables.iter().copied()).envs(variables.iter().copied());
        Running::start(self.name, command)
    }
}

/// An error unless everything of ours is there, and built to be measured.
pub fn check() -> Result<()> {
    ensure!(
        !cfg!(debug_assertions),
        "this is a debug build, whose figures mean nothing: run `make bench`, \
         or `cargo build --release -p consumer -p sender -p bench`"
    );
    for program in ["consumer", "sender", "bare_loop", "tx_worker", "tx_loop", "mapped_loop", "far_proxy"] {
        let found = folder_of(program).is_ok();
        ensure!(
            found,
            "{program} is not built for release: run `make bench`, \
             or `cargo build --release -p consumer -p sender -p bench`"
        );
    }
    Ok(())
}
