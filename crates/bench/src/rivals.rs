//! Other people's programs: installed on first use, left out where they cannot be.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;
use tokio::time::timeout;

use crate::folder;
use crate::say::progress;
use crate::subject::{Subject, TUNED};

/// For a package manager.
const LONGEST: Duration = Duration::from_mins(5);
/// The oldest Node.js that the packages run on.
const NODE: u32 = 20;
/// The worker in Go, and its folder.
const GO: &str = "go-worker";

/// What could be installed.
#[derive(Clone, Copy, Debug)]
pub struct Rivals {
    /// The packages of npm, fauxqs among them.
    pub npm: bool,
    /// Those of pip.
    pub pip: bool,
}

impl Rivals {
    /// Installs what is missing. Says what had to be left out, and why.
    pub async fn install() -> Result<Self> {
        std::fs::create_dir_all(folder::bench())?;
        for peer in std::fs::read_dir(folder::peers())? {
            let peer = peer?;
            if peer.file_type()?.is_dir() {
                continue;
            }
            std::fs::copy(peer.path(), folder::bench().join(peer.file_name()))?;
        }
        let npm = done("sqs-consumer and fauxqs are left out", npm().await);
        let pip = done("boto3 is left out", pip().await);
        Ok(Self { npm, pip })
    }

    /// The one that the budgets are about, if it is there.
    pub fn tuned(self) -> Option<Subject> {
        let script = folder::bench().join("sqs-consumer-tuned.mjs");
        self.npm.then(|| Subject::rival(TUNED, "node".into(), script))
    }

    /// The worker in Go, with many pollers and with few, if it can be built.
    pub async fn go_workers(self) -> Vec<Subject> {
        if !done("the worker in Go is left out", go().await) {
            return Vec::new();
        }
        let program = folder::bench().join(GO);
        let many = Subject::built("Go, 64 pollers", program.clone(), ("POLLERS", "64"));
        let few = Subject::built("Go, 10 pollers", program, ("POLLERS", "10"));
        vec![many, few.slow()]
    }

    /// Those that are there, slowest last.
    pub fn subjects(self) -> Vec<Subject> {
        let at = |name: &str| folder::bench().join(name);
        let mut subjects: Vec<_> = self.tuned().into_iter().collect();
        if self.pip {
            let python = at("venv/bin/python");
            subjects.push(Subject::rival("boto3 + PyMySQL, 4 threads", python, at("boto3_threads.py")));
        }
        if self.npm {
            let readme = Subject::rival("sqs-consumer, as its README", "node".into(), at("sqs-consumer.mjs"));
            subjects.push(readme.slow());
        }
        subjects
    }
}

fn done(otherwise: &str, result: Result<()>) -> bool {
    result.inspect_err(|error| progress(format_args!("{otherwise}: {error:#}"))).is_ok()
}

async fn npm() -> Result<()> {
    let version = run("node", &["--version"]).await.context("install Node.js 20 or newer, with npm")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    ensure!(major >= Some(NODE), "Node.js {} is too old: install {NODE} or newer", version.trim());
    let folder = folder::bench();
    if is_stamped(&folder.join("node_modules"), "package.json")? {
        return Ok(());
    }
    progress("installing sqs-consumer and fauxqs with npm (once)");
    let quiet = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    run("npm", &quiet).await.context("install npm, or check the network")?;
    stamp(&folder.join("node_modules"), "package.json")
}

async fn pip() -> Result<()> {
    let venv = folder::bench().join("venv");
    if is_stamped(&venv, "requirements.txt")? {
        return Ok(());
    }
    progress("installing boto3 and PyMySQL with pip (once)");
    run("python3", &["-m", "venv", "--clear", "venv"]).await.context("install Python 3 with its venv")?;
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
    run(&venv.join("bin/python").to_string_lossy(), &quiet).await.context("check the network")?;
    stamp(&venv, "requirements.txt")
}

/// Go itself knows what is built already.
async fn go() -> Result<()> {
    progress("building the worker in Go");
    let source = folder::peers().join(GO).canonicalize()?.display().to_string();
    let program = folder::bench().canonicalize()?.join(GO).display().to_string();
    run("go", &["-C", &source, "build", "-o", &program, "."]).await.context("install Go 1.25 or newer")?;
    Ok(())
}

/// Whether `folder` was installed from the list as it is now.
fn is_stamped(folder: &Path, list: &str) -> Result<bool> {
    let wanted = std::fs::read(folder::bench().join(list))?;
    Ok(std::fs::read(folder.join(format!(".{list}"))).is_ok_and(|installed| installed == wanted))
}

fn stamp(folder: &Path, list: &str) -> Result<()> {
    std::fs::copy(folder::bench().join(list), folder.join(format!(".{list}")))?;
    Ok(())
}

async fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder::bench()).kill_on_drop(true);
    let output = timeout(LONGEST, command.output()).await.with_context(|| format!("{program} hangs"))?;
    let output = output.with_context(|| format!("{program} is missing"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    ensure!(output.status.success(), "`{program} {}` failed: {last}", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
