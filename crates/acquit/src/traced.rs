//! The spans of a worker, if they are wanted.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::parts::Parts;

/// Traces from its start to its end.
pub(crate) struct Traced {
    #[cfg(feature = "otlp")]
    spans: otel::provider::Spans,
    #[cfg(feature = "otlp")]
    left: std::sync::Arc<std::sync::OnceLock<tokio::time::Instant>>,
}

#[cfg(feature = "otlp")]
impl Traced {
    /// Traces, if the environment asks for it. When `stop` is cancelled, there is as much time as the
    /// `grace` says for the last spans, too.
    pub(crate) fn start(parts: &Parts, stop: CancellationToken, grace: Duration) -> Self {
        let left = std::sync::Arc::<std::sync::OnceLock<_>>::default();
        let deadline = left.clone();
        tokio::spawn(async move {
            stop.cancelled().await;
            deadline.set(tokio::time::Instant::now() + grace).ok();
        });
        let service = if parts.service.is_empty() { "worker" } else { parts.service };
        Self { spans: otel::provider::Spans::start(service), left }
    }

    /// Sends the last spans.
    pub(crate) async fn end(self) {
        let most = otel::provider::FLUSH;
        let left =
            self.left.get().map(|deadline| deadline.saturating_duration_since(tokio::time::Instant::now()));
        self.spans.end(left.unwrap_or(most).min(most)).await;
    }
}

#[cfg(not(feature = "otlp"))]
impl Traced {
    pub(crate) fn start(_: &Parts, _: CancellationToken, _: Duration) -> Self {
        Self {}
    }

    #[expect(clippy::unused_async, reason = "with the feature `otlp` it waits")]
    pub(crate) async fn end(self) {}
}
