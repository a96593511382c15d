//! The admin server before it serves: where it listens, and what it offers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::{fmt, io};

use axum::Router;
use engine::monitor::{Family, Monitor, Startup};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::auth::Guard;
use crate::site::{OwnMetrics, OwnStatus, Site};
use crate::{AdminAddr, DEFAULT, LogControl, Server, Token, accept, exposition, router};

/// Listens, and serves once there is something to show.
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
    token: Option<Token>,
    token_name: &'static str,
    level: Option<Arc<dyn LogControl>>,
    metrics: Vec<OwnMetrics>,
    statuses: Vec<OwnStatus>,
    routes: Router<Arc<Site>>,
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
        Ok(Self {
            listener,
            address,
            token: None,
            token_name: "token",
            level: None,
            metrics: Vec::new(),
            statuses: Vec::new(),
            routes: router::routes(),
        })
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

    /// How the token can be set, in the program's own words; "token" if nothing is said. It is told to
    /// those who may change nothing because there is none.
    #[must_use]
    pub fn with_token_name(self, token_name: &'static str) -> Self {
        Self { token_name, ..self }
    }

    /// Lets the log level be set.
    #[must_use]
    pub fn with_log_level(self, level: impl LogControl) -> Self {
        Self { level: Some(Arc::new(level)), ..self }
    }

    /// Adds what `metrics` returns to the end of `/metrics`, whatever library wrote it. It is called
    /// for each scrape and must return at once: text in Prometheus's format, of metrics whose names
    /// are not taken there. Call this again to add more.
    #[must_use]
    pub fn with_metrics(mut self, metrics: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.metrics.push(Arc::new(metrics));
        self
    }

    /// As [`with_metrics`](Self::with_metrics), of metrics that are not written yet, such as those of a
    /// producer or a relay.
    #[must_use]
    pub fn with_families(self, families: impl Fn() -> Vec<Family> + Send + Sync + 'static) -> Self {
        self.with_metrics(move || exposition::text(&families()).unwrap_or_default())
    }

    /// Adds what `status` returns to `/status`, under a name that is not taken there; `null` while there
    /// is nothing to say. It is called for each answer and must return at once. The page shows what is
    /// under `outbox`. Call this again to add more.
    #[must_use]
    pub fn with_status<S: Serialize>(
        mut self,
        name: &'static str,
        status: impl Fn() -> S + Send + Sync + 'static,
    ) -> Self {
        let status = move || serde_json::to_value(status()).unwrap_or_default();
        self.statuses.push((name, Arc::new(status)));
        self
    }

    /// Adds routes beside the server's own. The same limits hold for them: 64 connections, a minute
    /// for each connection, and on a loopback address only the names of this machine. Neither the
    /// token nor the site of a page is checked for them: a route that changes something has to do so
    /// itself. A fallback of theirs has no effect. Call this again to add more.
    ///
    /// # Panics
    /// If a path of theirs is taken.
    #[must_use]
    pub fn with_routes(mut self, routes: Router) -> Self {
        self.routes = self.routes.merge(routes.reset_fallback().with_state(()));
        self
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
        let Self { listener, address, token, token_name, level, metrics, statuses, routes } = self;
        let guard = Guard { loopback: address.ip().is_loopback(), token, token_name };
        let site = Arc::new(Site { start, runs: OnceLock::new(), level, guard, metrics, statuses });
        let stop = CancellationToken::new();
        let routes = router::guarded(routes, &site);
        let task = tokio::spawn(accept::serve(listener, routes, stop.clone()));
        Server { site, stop, task }
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("address", &self.address).finish_non_exhaustive()
    }
}
