//! Asks the office, over HTTP.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::http::uri::InvalidUri;
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use tokio::time::timeout;

use crate::plan::Wish;

/// Who gets no answer for so long asks again.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where nobody says how long to wait.
const AGAIN: Duration = Duration::from_secs(1);

/// Connections to an office.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    reservations: Uri,
}

/// What the office says.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The reservation's name.
    Accepted(String),
    /// It was not taken, or nobody answered; ask again after this.
    Later(Duration),
}

#[derive(Debug, Deserialize)]
struct Accepted {
    reservation: String,
}

impl Client {
    pub(crate) fn of(office: &str) -> Result<Self, InvalidUri> {
        let http = Http::builder(TokioExecutor::new()).build_http();
        Ok(Self { http, reservations: format!("http://{office}/reservations").parse()? })
    }

    /// Asks for a seat, once.
    pub(crate) async fn ask(&self, wish: &Wish, key: &str) -> Answer {
        let answer = timeout(PATIENCE, self.try_to_ask(wish, key)).await;
        answer.ok().flatten().unwrap_or(Answer::Later(AGAIN))
    }

    /// Nothing where there is no answer, or one that makes no sense.
    async fn try_to_ask(&self, wish: &Wish, key: &str) -> Option<Answer> {
        let request = Request::post(&self.reservations).header(CONTENT_TYPE, "application/json");
        let body = Full::from(serde_json::to_vec(wish).ok()?);
        let request = request.header("idempotency-key", key).body(body).ok()?;
        let answer = self.http.request(request).await.ok()?;
        let after = answer.headers().get(RETRY_AFTER).and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        if answer.status() != StatusCode::ACCEPTED {
            return after.map(|seconds| Answer::Later(Duration::from_secs(seconds)));
        }
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        let Accepted { reservation } = serde_json::from_slice(&body).ok()?;
        Some(Answer::Accepted(reservation))
    }
}
