//! Database servers of one's own: to be made read-only, killed, and failed over to.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mysql_async::{Conn, Opts};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// For a server to be made, and for one to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// User and password of the one who may do everything.
pub const ADMIN: &str = "app:app";
/// Of the one who may do what a consumer needs.
pub const NARROW: &str = "narrow:narrow";

const INIT: &str = "CREATE DATABASE IF NOT EXISTS spare;
CREATE USER IF NOT EXISTS 'app'@'%' IDENTIFIED BY 'app';
GRANT ALL PRIVILEGES ON *.* TO 'app'@'%' WITH GRANT OPTION;
CREATE USER IF NOT EXISTS 'narrow'@'%' IDENTIFIED BY 'narrow';
GRANT SELECT, INSERT, UPDATE ON spare.* TO 'narrow'@'%';
";

/// A server in a folder of its own. Killed, and its folder removed, when dropped.
#[derive(Debug)]
pub struct Spare {
    child: Child,
    command: Command,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Spare {
    /// Starts one; `None` where this machine has no server's program, but containers.
    pub async fn start() -> Result<Option<Self>> {
        Self::start_with(&["--skip-log-bin"]).await
    }

    /// As [`start`](Self::start), with options of its own.
    pub async fn start_with(options: &[&str]) -> Result<Option<Self>> {
        let Ok(program) = stack("database_server").await else { return Ok(None) };
        let folder = std::env::temp_dir().join(format!("spare-{:016x}", fastrand::u64(..)));
        std::fs::create_dir_all(folder.join("tmp"))?;
        std::fs::write(folder.join("init.sql"), INIT)?;
        let (program, data) = (program.trim(), folder.join("data"));
        // Servers tidy up where their temporary files are, those of others included.
        let own = format!("export TMPDIR='{}'", folder.join("tmp").display());
        stack(&format!("{own}; database_initialise '{program}' '{}'", data.display())).await?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = server(program, &folder, port);
        let child = command.args(options).spawn().context("cannot start a server")?;
        let spare = Self { child, command, folder, address: ([127, 0, 0, 1], port).into() };
        spare.greets().await?;
        Ok(Some(spare))
    }

    /// Kills it, as `kill -9` does. Returns when it is dead.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("cannot kill a server")
    }

    /// Starts it again, where it was and with what it had. Returns when it takes connections.
    pub async fn start_again(&mut self) -> Result<()> {
        self.child = self.command.spawn().context("cannot start a server")?;
        self.greets().await
    }

    /// Starts it again if it is dead.
    pub async fn revive(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() { self.start_again().await } else { self.greets().await }
    }

    async fn greets(&self) -> Result<()> {
        let greets = async {
            while self.connect().await.is_err() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(PATIENCE, greets).await.context("the server does not start")
    }

    /// A connection that may do everything.
    pub async fn connect(&self) -> Result<Conn> {
        Ok(Conn::new(Opts::from_url(&url(ADMIN, self.address))?).await?)
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Of a spare server's database, perhaps through a proxy.
pub fn url(user: &str, address: SocketAddr) -> String {
    format!("mysql://{user}@{address}/spare?prefer_socket=false")
}

fn server(program: &str, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    let path = |name: &str| folder.join(name).display().to_string();
    command.args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--skip-name-resolve"]);
    command.args(["--innodb-buffer-pool-size=16M", "--performance-schema=OFF"]);
    command.args(["--loose-mysqlx=OFF", "--socket=spare.sock"]);
    command.arg(format!("--datadir={}", path("data"))).arg(format!("--tmpdir={}", path("tmp")));
    command.arg(format!("--port={port}")).arg(format!("--init-file={}", path("init.sql")));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a function of the local stack's scripts.
async fn stack(function: &str) -> Result<String> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/stack.d/database.sh");
    let script = format!("set -e; source '{}'; {function}", scripts.display());
    let run = Command::new("bash").args(["-c", &script]).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(PATIENCE, run).await.context("a script hangs")??;
    ensure!(output.status.success(), "{function}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
