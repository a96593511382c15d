//! Where the admin server listens and what it asks of those who change something, as options.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::token::Token;

/// Where it listens if nothing is said and nobody else does.
pub const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9090);

/// The admin server, as command-line options.
#[derive(Clone, Debug, clap::Args)]
pub struct AdminArgs {
    /// Where the page, /metrics, /livez and /readyz are, an IP:PORT or `off` [default:
    /// 127.0.0.1:9090, or any free port where that is taken]
    #[arg(long, env = "ADMIN_ADDR", value_name = "ADDRESS", default_value = "", hide_default_value = true)]
    pub admin_addr: AdminAddr,
    /// File that holds the token which pausing and the log level ask for, used rather than
    /// `ADMIN_TOKEN`; needed for those where the address is not loopback
    #[arg(long, env = "ADMIN_TOKEN_FILE", value_name = "PATH")]
    pub admin_token_file: Option<PathBuf>,
}

/// Where the admin server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminAddr {
    /// At [`DEFAULT`], or at any free port where that is taken.
    Usual,
    /// Nowhere.
    Off,
    /// There; port 0 is any free one.
    At(SocketAddr),
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

impl AdminArgs {
    /// The token that was named: by the file, or else by `ADMIN_TOKEN`.
    pub(super) fn token(&self) -> Result<Option<Token>, AdminError> {
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

impl FromStr for AdminAddr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "off" => Ok(Self::Off),
            "" => Ok(Self::Usual),
            text => text.parse().map(Self::At).map_err(|_| {
                "must be an IP address with a port, such as 127.0.0.1:9090 or [::]:9090, or off \
                 (variable ADMIN_ADDR)"
                    .to_owned()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_ip_with_a_port_or_off() {
        assert_eq!(("off".parse(), "".parse()), (Ok(AdminAddr::Off), Ok(AdminAddr::Usual)));
        assert_eq!("127.0.0.1:9090".parse(), Ok(AdminAddr::At(DEFAULT)));
        assert!("[::]:0".parse::<AdminAddr>().is_ok());
        for text in ["9090", "localhost:9090", "127.0.0.1", "on", "127.0.0.1:70000"] {
            assert!(text.parse::<AdminAddr>().unwrap_err().contains("ADMIN_ADDR"), "{text}");
        }
    }
}
