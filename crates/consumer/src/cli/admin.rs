//! Where the admin server listens and what it asks of those who change something, as options.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use acquit::admin::{Admin, AdminAddr, Token};
use acquit::cli::{Failure, Level, LogLevel, admin_addr, exit};

/// How the token can be set.
const TOKEN: &str = "--admin-token-file (ADMIN_TOKEN_FILE) or ADMIN_TOKEN";

/// The admin server, as command-line options.
#[derive(Clone, Debug, clap::Args)]
pub struct AdminArgs {
    /// Where the page, /metrics, /livez and /readyz are, an IP:PORT or `off` [default:
    /// 127.0.0.1:9090, or any free port where that is taken]
    #[arg(long, env = "ADMIN_ADDR", value_name = "ADDRESS", default_value = "", hide_default_value = true, value_parser = admin_addr)]
    pub admin_addr: AdminAddr,
    /// File with the token that pause, resume and log-level changes require, used rather than
    /// `ADMIN_TOKEN`. Without one, only loopback may make changes
    #[arg(long, env = "ADMIN_TOKEN_FILE", value_name = "PATH")]
    pub admin_token_file: Option<PathBuf>,
}

/// The admin server cannot be had as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Somebody else listens there, or nobody may.
    #[error("cannot listen at --admin-addr (ADMIN_ADDR) {0}: choose another address, or off ({1})")]
    Address(SocketAddr, io::Error),
    /// The file cannot be read.
    #[error("cannot read --admin-token-file (ADMIN_TOKEN_FILE) {0}: {1}")]
    File(PathBuf, io::Error),
    /// There is nothing in it.
    #[error("--admin-token-file (ADMIN_TOKEN_FILE) {0} is empty")]
    Empty(PathBuf),
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        // An address may be free later, or there at all.
        let code = exit::code(!matches!(error, AdminError::Address(..)));
        Self::Own(error.into(), code)
    }
}

impl AdminArgs {
    /// Listens as the options say; `None` where they say `off`.
    ///
    /// # Errors
    /// Returns an error that names the option if the address or the token cannot be had.
    pub async fn open(&self, level: LogLevel) -> Result<Option<Admin>, AdminError> {
        let token = self.token()?;
        let admin = Admin::open(self.admin_addr).await;
        let admin = admin.map_err(|(address, error)| AdminError::Address(address, error))?;
        let named = admin.map(|admin| admin.with_token(token).with_token_name(TOKEN));
        Ok(named.map(|admin| admin.with_log_level(Level(level))))
    }

    /// The token that was named: by the file, or else by `ADMIN_TOKEN`.
    fn token(&self) -> Result<Option<Token>, AdminError> {
        match &self.admin_token_file {
            Some(path) => read(path).map(Some),
            None => Ok(Token::new(&std::env::var("ADMIN_TOKEN").unwrap_or_default())),
        }
    }
}

fn read(path: &Path) -> Result<Token, AdminError> {
    let text = std::fs::read_to_string(path).map_err(|error| AdminError::File(path.to_owned(), error))?;
    Token::new(&text).ok_or_else(|| AdminError::Empty(path.to_owned()))
}
