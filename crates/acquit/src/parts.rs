//! What a program adds to a worker: what stops it, and what shows it.

use tokio_util::sync::CancellationToken;

/// What a program adds to a worker.
#[derive(Default)]
pub(crate) struct Parts {
    /// Stops it, instead of the signals.
    pub(crate) stop: Option<CancellationToken>,
    #[cfg(feature = "admin")]
    pub(crate) server: AdminServer,
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
