#![doc = include_str!("../README.md")]

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use engine::monitor::{Monitor, Startup};

mod address;
mod auth;
mod exposition;
mod log_control;
mod page;
mod reply;
mod router;
mod server;
mod token;

pub use address::{AdminAddr, DEFAULT};
use auth::Guard;
pub use log_control::LogControl;
use router::Site;
pub use token::Token;

/// How long answers that are under way may take at the end.
const LAST: Duration = Duration::from_secs(1);

/// Listens, and serves once there is something to show.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    token: Option<Token>,
    level: Option<Arc<dyn LogControl>>,
}

/// Serves. Dropped, it ends on the spot.
#[derive(Debug)]
pub struct Server {
    site: Arc<Site>,
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// Looks at the run, once there is one.
    watch: OnceLock<JoinHandle<()>>,
}

impl Admin {
    /// Listens at `address`, or nowhere where that is [`Off`](AdminAddr::Off).
    ///
    /// # Errors
    /// Returns the address and the error if the address cannot be had.
    pub async fn open(address: AdminAddr) -> Result<Option<Self>, (SocketAddr, io::Error)> {
        let admin = match address {
            AdminAddr::Off => return Ok(None),
            AdminAddr::At(address) => Self::bind(address).await.map_err(|error| (address, error))?,
            AdminAddr::Usual => Self::bind_somewhere().await.map_err(|error| (DEFAULT, error))?,
        };
        tracing::info!("admin server at http://{}/", admin.address);
        Ok(Some(admin))
    }

    /// Listens at `address`; port 0 is any free one. No client is answered yet.
    ///
    /// # Errors
    /// Where somebody else listens there, or nobody may.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, token: None, level: None })
    }

    async fn bind_somewhere() -> io::Result<Self> {
        match Self::bind(DEFAULT).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                tracing::warn!("port {} is taken: the admin server takes another one", DEFAULT.port());
                Self::bind((Ipv4Addr::LOCALHOST, 0).into()).await
            }
            bound => bound,
        }
    }

    /// Asks for `token` before anything is changed. Without one that is open to this machine, and
    /// to nobody where the address is not loopback.
    #[must_use]
    pub fn with_token(self, token: impl Into<Option<Token>>) -> Self {
        Self { token: token.into(), ..self }
    }

    /// Lets the log level be set.
    #[must_use]
    pub fn with_log_level(self, level: impl LogControl) -> Self {
        Self { level: Some(Arc::new(level)), ..self }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows what `monitor` sees, from now on.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn serve(self, monitor: Arc<Monitor>) -> Server {
        let server = self.begin(Arc::new(Startup::new()));
        server.show(monitor);
        server
    }

    /// Shows a start, until there is [more to show](Server::show).
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn begin(self, start: Arc<Startup>) -> Server {
        let guard = Guard { loopback: self.address.ip().is_loopback(), token: self.token };
        let site = Arc::new(Site { start, run: OnceLock::new(), level: self.level, guard });
        let stop = CancellationToken::new();
        let task = tokio::spawn(server::serve(self.listener, site.clone(), stop.clone()));
        Server { site, stop, task, watch: OnceLock::new() }
    }
}

impl Server {
    /// Shows what `monitor` sees, from now on; only the first has an effect.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn show(&self, monitor: Arc<Monitor>) {
        let monitor = self.site.run.get_or_init(|| monitor).clone();
        self.watch.get_or_init(|| tokio::spawn(async move { monitor.watch().await }));
    }

    /// Ends it; answers that are under way are given first.
    pub async fn end(mut self) {
        self.stop.cancel();
        timeout(LAST, &mut self.task).await.ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }
}
