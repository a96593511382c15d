//! What a program adds to a worker: what stops it, and what shows it.

use tokio_util::sync::CancellationToken;

/// What a program adds to a worker.
#[derive(Default)]
pub(crate) struct Parts {
    /// Stops it, instead of the signals.
    pub(crate) stop: Option<CancellationToken>,
    #[cfg(feature = "admin")]
    pub(crate) server: AdminServer,
    /// Whose outbox is relayed.
    #[cfg(feature = "mysql")]
    pub(crate) relay: Option<mysql::MySql>,
    /// The relay's counts, once it runs.
    #[cfg(feature = "mysql")]
    pub(crate) relayed: std::sync::Arc<std::sync::OnceLock<std::sync::Arc<outbound::relay::RelayStats>>>,
    /// What the service is called in spans.
    #[cfg(feature = "otlp")]
    pub(crate) service: &'static str,
}

/// Which server shows the worker.
#[cfg(feature = "admin")]
#[derive(Debug, Default)]
pub(crate) enum AdminServer {
    /// One of its own, as the options say.
    #[default]
    Own,
    /// This one, or none.
    Given(Option<Box<admin::Admin>>),
}
