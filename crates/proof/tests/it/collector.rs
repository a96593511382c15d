//! An OpenTelemetry collector that keeps what it gets.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

type Kept = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

/// Listens as long as the test's runtime does.
#[derive(Debug)]
pub(crate) struct Collector {
    address: SocketAddr,
    kept: Kept,
}

impl Collector {
    pub(crate) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, kept) = (listener.local_addr()?, Kept::default());
        tokio::spawn(listen(listener, kept.clone()));
        Ok(Self { address, kept })
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The spans of that service so far.
    pub(crate) fn spans(&self, service: &str) -> Vec<Span> {
        let kept = self.kept.lock().expect("nobody panics while holding it");
        let resources = kept.iter().flat_map(|request| &request.resource_spans);
        let of_service = resources.filter(|spans| {
            let resource = spans.resource.as_ref().map(|resource| &*resource.attributes);
            attribute(resource.unwrap_or_default(), "service.name").as_deref() == Some(service)
        });
        of_service.flat_map(|spans| &spans.scope_spans).flat_map(|spans| &spans.spans).cloned().collect()
    }

    /// Its spans of that name so far.
    pub(crate) fn named(&self, service: &str, name: &str) -> Vec<Span> {
        let mut spans = self.spans(service);
        spans.retain(|span| span.name == name);
        spans
    }

    /// Its only span of that name.
    pub(crate) fn only(&self, service: &str, name: &str) -> Result<Span> {
        let [span] = self.named(service, name).try_into().map_err(|spans| {
            anyhow::anyhow!("not one span of {service} is {name:?}: {spans:?} of {:?}", self.spans(service))
        })?;
        Ok(span)
    }
}

/// As text, also where it is a number.
pub(crate) fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == name)?;
    match &found.value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some(text.clone()),
        Some(AnyValue { value: Some(Value::IntValue(number)) }) => Some(number.to_string()),
        _ => None,
    }
}

async fn listen(listener: TcpListener, kept: Kept) {
    while let Ok((stream, _)) = listener.accept().await {
        let kept = kept.clone();
        let serve = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(move |request| keep(request, kept.clone())));
        tokio::spawn(serve);
    }
}

async fn keep(request: Request<Incoming>, kept: Kept) -> Result<Response<Empty<Bytes>>, Infallible> {
    let status = match decode(request).await {
        Ok(request) => {
            kept.lock().expect("nobody panics while holding it").push(request);
            200
        }
        Err(_) => 400,
    };
    Ok(Response::builder().status(status).body(Empty::new()).expect("the status is one"))
}

async fn decode(request: Request<Incoming>) -> Result<ExportTraceServiceRequest> {
    anyhow::ensure!(request.uri().path() == "/v1/traces", "{}", request.uri());
    let body = request.into_body().collect().await?.to_bytes();
    ExportTraceServiceRequest::decode(body).context("no spans")
}
