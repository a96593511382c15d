//! Database servers of a test's own: to be made read-only, and to be failed over to.

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

/// Whoever may do everything, and who may do what a consumer needs.
pub(crate) const ADMIN: &str = "app:app";
pub(crate) const NARROW: &str = "narrow:narrow";

const INIT: &str = "CREATE DATABASE IF NOT EXISTS spare;
CREATE USER IF NOT EXISTS 'app'@'%' IDENTIFIED BY 'app';
GRANT ALL PRIVILEGES ON *.* TO 'app'@'%';
CREATE USER IF NOT EXISTS 'narrow'@'%' IDENTIFIED BY 'narrow';
GRANT SELECT, INSERT, UPDATE ON spare.* TO 'narrow'@'%';
";

/// A server in a folder of its own. Killed, and its folder removed, when dropped.
pub(crate) struct Spare {
    _child: Child,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Spare {
    /// Starts one; `None` where this machine has no server's program, but containers.
    pub(crate) async fn start() -> Result<Option<Self>> {
        let Ok(program) = stack("database_server").await else { return Ok(None) };
        let folder = std::env::temp_dir().join(format!("spare-{:016x}", fastrand::u64(..)));
        std::fs::create_dir_all(folder.join("tmp"))?;
        std::fs::write(folder.join("init.sql"), INIT)?;
        let (program, data) = (program.trim(), folder.join("data"));
        // Servers tidy up where their temporary files are, those of others included.
        let own = format!("export TMPDIR='{}'", folder.join("tmp").display());
        stack(&format!("{own}; database_initialise '{program}' '{}'", data.display())).await?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = server(program, &folder, port).spawn().context("cannot start a server")?;
        let spare = Self { _child: child, folder, address: ([127, 0, 0, 1], port).into() };
        let greets = async {
            while spare.connect().await.is_err() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        timeout(PATIENCE, greets).await.context("the server does not start")?;
        Ok(Some(spare))
    }

    pub(crate) async fn connect(&self) -> Result<Conn> {
        Ok(Conn::new(Opts::from_url(&url(ADMIN, self.address))?).await?)
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Of a spare server's database, perhaps through a proxy.
pub(crate) fn url(user: &str, address: SocketAddr) -> String {
    format!("mysql://{user}@{address}/spare?prefer_socket=false")
}

fn server(program: &str, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    let path = |name: &str| folder.join(name).display().to_string();
    command.args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--skip-name-resolve"]);
    command.args(["--skip-log-bin", "--innodb-buffer-pool-size=16M", "--performance-schema=OFF"]);
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
