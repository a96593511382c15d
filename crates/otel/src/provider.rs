//! Distributed tracing: set up by OpenTelemetry's own variables, and without them not there.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::exporter::Collector;
use crate::settings;

/// The most that the last spans may hold up the end.
pub const FLUSH: Duration = Duration::from_secs(2);

/// Names the code that makes the spans.
const SCOPE: &str = "sqs-worker";

pub(crate) static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// What is to be sent to the collector before the process ends.
#[derive(Debug)]
#[must_use = "without an end the last spans are lost"]
pub struct Spans(Option<SdkTracerProvider>);

impl Spans {
    /// Begins to trace if the environment asks for it, as the service called `service` unless the
    /// environment has a name. Only the first call has an effect.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(service: &'static str) -> Self {
        if !settings::are_wanted() || TRACER.get().is_some() {
            return Self(None);
        }
        let provider = provider(service);
        let provider = provider.inspect_err(|error| tracing::warn!("spans are not exported: {error}")).ok();
        if let Some(provider) = &provider {
            TRACER.set(provider.tracer(SCOPE)).ok();
        }
        Self(provider)
    }

    /// Sends what is left, for `most` at the most.
    pub async fn end(self, most: Duration) {
        let Some(provider) = self.0 else { return };
        let (ended, end) = oneshot::channel();
        // Not a task: the runtime would wait for it, however long it takes.
        std::thread::spawn(move || {
            provider.shutdown_with_timeout(most).ok();
            ended.send(()).ok();
        });
        timeout(most, end).await.ok();
    }
}

/// Whether spans are made at all.
pub fn is_on() -> bool {
    TRACER.get().is_some()
}

fn provider(service: &'static str) -> Result<SdkTracerProvider, Box<dyn std::error::Error>> {
    settings::check()?;
    let collector = Collector::new(settings::timeout())?;
    let exporter = SpanExporter::builder().with_http().with_http_client(collector).build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter);
    Ok(provider.with_resource(resource(service)).build())
}

fn resource(service: &'static str) -> Resource {
    if settings::has_service_name() {
        return Resource::builder().build();
    }
    Resource::builder().with_attribute(KeyValue::new("service.name", service)).build()
}

/// The span that the running code is in, unless there is none.
pub(crate) fn current<T>(of: impl FnOnce(&opentelemetry::trace::SpanContext) -> T) -> Option<T> {
    if !is_on() {
        return None;
    }
    Context::map_current(|context| {
        let span = context.span();
        let span = span.span_context();
        span.is_valid().then(|| of(span))
    })
}
