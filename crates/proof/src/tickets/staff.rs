//! Who works in the office: processes by name, each of which is replaced when it dies.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::office::{Office, Options};
use crate::process::Process;
use crate::test_env::TestEnv;

/// A second signal would end it at once.
const GRACE: Duration = Duration::from_secs(40);

/// All who work there.
pub(super) struct Staff {
    posts: Vec<Post>,
    variables: Vec<(String, String)>,
}

/// One of them.
struct Post {
    name: String,
    program: &'static str,
    arguments: Vec<String>,
    process: Process,
}

impl Staff {
    /// A server, three workers, two relays and a consumer.
    pub(super) fn hire(office: &Office, options: &Options) -> Result<Self> {
        let mut staff = Self { posts: Vec::new(), variables: office.variables(options)? };
        let naive: &[&str] = if options.is_naive { &["--naive"] } else { &[] };
        staff.add(&office.env, "the server", "tickets-server", &[])?;
        for number in 1..=3 {
            staff.add(&office.env, &format!("worker {number}"), "tickets-worker", naive)?;
        }
        for number in 1..=2 {
            staff.add(&office.env, &format!("relay {number}"), "sender", &["relay"])?;
        }
        staff.add(&office.env, "the consumer", "consumer", &[])?;
        Ok(staff)
    }

    fn add(&mut self, env: &TestEnv, name: &str, program: &'static str, arguments: &[&str]) -> Result<()> {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let process = start(env, program, &arguments, &self.variables)?;
        self.posts.push(Post { name: name.to_owned(), program, arguments, process });
        Ok(())
    }

    /// The names of those whose name begins so.
    pub(super) fn named(&self, beginning: &str) -> Vec<String> {
        let names = self.posts.iter().map(|post| post.name.clone());
        names.filter(|name| name.starts_with(beginning)).collect()
    }

    /// Kills one, as `kill -9` does.
    pub(super) async fn kill(&mut self, name: &str) -> Result<()> {
        let post = self.posts.iter_mut().find(|post| post.name == name).context("nobody has this name")?;
        // It may have died by itself.
        post.process.signal(Signal::SIGKILL).ok();
        post.process.ended(GRACE).await.map(drop)
    }

    /// Sends one a signal.
    pub(super) fn signal(&self, name: &str, signal: Signal) {
        for post in self.posts.iter().filter(|post| post.name == name) {
            post.process.signal(signal).ok();
        }
    }

    /// Wakes those that were frozen.
    pub(super) fn wake(&self) {
        for post in &self.posts {
            post.process.signal(Signal::SIGCONT).ok();
        }
    }

    /// Replaces those that have died, as whatever runs them would.
    pub(super) fn revive(&mut self, env: &TestEnv) -> Result<()> {
        for post in &mut self.posts {
            if post.process.has_ended()?.is_some() {
                post.process = start(env, post.program, &post.arguments, &self.variables)?;
            }
        }
        Ok(())
    }

    /// Starts somebody else who is told the same.
    pub(super) fn another(&self, env: &TestEnv, program: &str, arguments: &[String]) -> Result<Process> {
        start(env, program, arguments, &self.variables)
    }

    /// Stops all of them.
    ///
    /// # Errors
    /// Where one does not end well.
    pub(super) async fn stop(&mut self) -> Result<()> {
        for post in &self.posts {
            post.process.signal(Signal::SIGTERM).ok();
        }
        for Post { name, process, .. } in &mut self.posts {
            let code = process.ended(GRACE).await?.code();
            ensure!(code == Some(0), "{name} ended with {code:?}: {}", process.tail());
        }
        Ok(())
    }

    /// The ends of their logs.
    pub(super) fn tails(&self) -> String {
        let tails = self.posts.iter().map(|post| format!("{}:\n{}", post.name, post.process.tail()));
        tails.collect::<Vec<_>>().join("\n")
    }
}

fn start(
    env: &TestEnv,
    program: &str,
    arguments: &[String],
    variables: &[(String, String)],
) -> Result<Process> {
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Process::start_with(env, program, &arguments, &variables)
}
