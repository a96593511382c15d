//! Several consumers side by side; whichever dies is replaced.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use fastrand::Rng;
use nix::sys::signal::Signal;

use crate::process::{Process, Roll};
use crate::test_env::TestEnv;

/// Consumers, and how to start another.
#[derive(Debug)]
pub struct Fleet {
    program: &'static str,
    consumers: Vec<Process>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    /// All of them, for those that watch.
    pub roll: Arc<Roll>,
    /// How many were started.
    pub started: usize,
    /// How many had started to work and failed; where a server is away, they do not start.
    pub failed: usize,
}

impl Fleet {
    /// `size` consumers on `env`.
    pub fn start(
        env: &TestEnv,
        size: usize,
        arguments: Vec<String>,
        variables: Vec<(String, String)>,
    ) -> Result<Self> {
        Self::of("consumer", env, size, arguments, variables)
    }

    /// As [`start`](Self::start), of another program of this workspace.
    pub fn of(
        program: &'static str,
        env: &TestEnv,
        size: usize,
        arguments: Vec<String>,
        variables: Vec<(String, String)>,
    ) -> Result<Self> {
        let (consumers, roll) = (Vec::new(), Arc::default());
        let mut fleet = Self { program, consumers, arguments, variables, roll, started: 0, failed: 0 };
        for _ in 0..size {
            let consumer = fleet.another(env, None)?;
            fleet.consumers.push(consumer);
        }
        Ok(fleet)
    }

    /// Kills one of them, and replaces it.
    pub async fn kill(&mut self, env: &TestEnv, rng: &mut Rng) -> Result<()> {
        let victim = rng.usize(..self.consumers.len());
        self.consumers[victim].signal(Signal::SIGKILL).ok();
        self.consumers[victim].ended(Duration::from_secs(10)).await?;
        self.consumers[victim] = self.another(env, None)?;
        Ok(())
    }

    /// Asks one of them to stop, and replaces it at once by one that will die at `failpoint`.
    /// Returns the exit code, if it had begun to work.
    pub async fn replace(
        &mut self,
        env: &TestEnv,
        rng: &mut Rng,
        failpoint: Option<&str>,
    ) -> Result<Option<i32>> {
        let leaver = rng.usize(..self.consumers.len());
        let successor = self.another(env, failpoint)?;
        let mut leaver = std::mem::replace(&mut self.consumers[leaver], successor);
        if leaver.has_ended()?.is_some() {
            return Ok(None);
        }
        let code = leaver.stop().await?;
        Ok(code.filter(|_| leaver.log().is_ok_and(|log| log.contains("consuming"))))
    }

    /// Sends one of them a signal.
    pub fn signal(&self, rng: &mut Rng, signal: Signal) -> Result<()> {
        self.consumers[rng.usize(..self.consumers.len())].signal(signal)
    }

    /// Sends all of them a signal.
    pub fn signal_all(&self, signal: Signal) {
        for consumer in &self.consumers {
            consumer.signal(signal).ok();
        }
    }

    /// Replaces those that have died. Returns how many.
    pub fn revive(&mut self, env: &TestEnv) -> Result<usize> {
        let mut dead = 0;
        for place in 0..self.consumers.len() {
            let Some(status) = self.consumers[place].has_ended()? else { continue };
            dead += 1;
            let worked = self.consumers[place].log()?.contains("consuming");
            self.failed += usize::from(worked && status.code().is_some());
            self.consumers[place] = self.another(env, None)?;
        }
        Ok(dead)
    }

    /// Replaces those that are still to die at a fail point.
    pub fn disarm(&mut self, env: &TestEnv) -> Result<()> {
        for place in 0..self.consumers.len() {
            if self.consumers[place].armed {
                self.consumers[place] = self.another(env, None)?;
            }
        }
        Ok(())
    }

    /// The ends of their logs.
    pub fn tails(&self) -> String {
        self.consumers.iter().map(Process::tail).collect::<Vec<_>>().join("\n")
    }

    /// Stops all of them.
    ///
    /// # Errors
    /// Where one does not drain.
    pub async fn stop(&mut self) -> Result<()> {
        self.signal_all(Signal::SIGTERM);
        for consumer in &mut self.consumers {
            let code = consumer.ended(Duration::from_secs(40)).await?.code();
            // One that had just been started ends before it knows what it is asked.
            let worked = consumer.log()?.contains("consuming");
            ensure!(code == Some(0) || !worked, "a consumer ended with {code:?}: {}", consumer.tail());
        }
        Ok(())
    }

    fn another(&mut self, env: &TestEnv, failpoint: Option<&str>) -> Result<Process> {
        self.started += 1;
        let arguments: Vec<_> = self.arguments.iter().map(String::as_str).collect();
        let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let variables: Vec<_> = variables.chain(failpoint.map(|point| ("FAILPOINT", point))).collect();
        let consumer = Process::start_with(env, self.program, &arguments, &variables)?;
        self.roll.add(&consumer);
        Ok(consumer)
    }
}
