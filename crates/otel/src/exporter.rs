//! Sends spans to the collector, by the TLS that is already here. A failure is told once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use shared::error::{chain, one_line};
use tokio::runtime::Handle;
use tokio::time::timeout;

/// Of an answer; what a collector has to say is short.
const LONGEST_ANSWER: usize = 1 << 20;

type Http = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Calls are made on the runtime that it was built in: the SDK's own thread has none.
#[derive(Debug)]
pub(super) struct Collector {
    http: Http,
    timeout: Duration,
    runtime: Handle,
    failed: AtomicBool,
}

impl Collector {
    pub(super) fn new(timeout: Duration) -> std::io::Result<Self> {
        let connector = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1();
        let http = Client::builder(TokioExecutor::new()).build(connector.build());
        Ok(Self { http, timeout, runtime: Handle::current(), failed: AtomicBool::new(false) })
    }

    /// Told once: whoever looks after the work is not to be kept from it.
    fn failed(&self, why: &dyn std::fmt::Display) {
        if !self.failed.swap(true, Ordering::Relaxed) {
            tracing::warn!("spans are lost, and the work goes on: the collector does not take them: {why}");
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (http, most) = (self.http.clone(), self.timeout);
        let call = async move { timeout(most, call(http, request)).await? };
        let answer = self.runtime.spawn(call).await.unwrap_or_else(|ended| Err(ended.into()));
        match &answer {
            Ok(answer) if !answer.status().is_success() => self.failed(&answer.status()),
            Err(error) => self.failed(&one_line(&chain(&**error))),
            Ok(_) => {}
        }
        answer
    }
}

async fn call(http: Http, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (head, body) = http.request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, LONGEST_ANSWER).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}
