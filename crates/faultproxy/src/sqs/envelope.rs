//! A request or an answer, whole: its head and its JSON, which may be changed.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, TRANSFER_ENCODING};
use hyper::{Error, http};
use serde_json::Value;

/// `H` is the head of a request or of an answer.
#[derive(Debug)]
pub(super) struct Envelope<H> {
    pub(super) head: H,
    bytes: Bytes,
    json: Value,
    edited: bool,
}

pub(super) type Request = Envelope<http::request::Parts>;
pub(super) type Answer = Envelope<http::response::Parts>;

impl<H> Envelope<H> {
    /// Reads the body to its end. What is no JSON is `null`, and relayed as it is.
    ///
    /// # Errors
    /// Where the connection broke.
    pub(super) async fn read(head: H, body: Incoming) -> Result<Self, Error> {
        let bytes = body.collect().await?.to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Self { head, bytes, json, edited: false })
    }

    /// One that was not read.
    pub(super) fn new(head: H, json: Value) -> Self {
        Self { head, bytes: Bytes::new(), json, edited: true }
    }

    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    /// To be changed: from now on, its bytes are what this becomes.
    pub(super) fn edit(&mut self) -> &mut Value {
        self.edited = true;
        &mut self.json
    }

    /// The head and the body to be sent.
    pub(super) fn open(self) -> (H, Full<Bytes>) {
        let bytes = if self.edited { self.json.to_string().into() } else { self.bytes };
        (self.head, Full::new(bytes))
    }
}

/// Without those headers that are about the connection or the length.
pub(super) fn relayed(mut headers: HeaderMap) -> HeaderMap {
    const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, KEEP_ALIVE] {
        headers.remove(name);
    }
    headers
}
