//! The real endpoint, or an emulator: where calls are relayed to.

use std::io;

use http_body_util::Full;
use hyper::Uri;
use hyper::body::Bytes;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::envelope::{Answer, Request, relayed};
use super::lost::Lost;

/// Connections that are kept open between calls.
#[derive(Clone, Debug)]
pub(super) struct Upstream(Client<HttpConnector, Full<Bytes>>);

impl Upstream {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }

    /// The endpoint's answer.
    ///
    /// # Errors
    /// Where it cannot be reached, or closes the connection without one.
    pub(super) async fn send(&self, authority: Authority, request: Request) -> Result<Answer, Lost> {
        let (mut head, body) = request.open();
        // The host stays the proxy's own, so that queue URLs in answers lead here again.
        head.headers = relayed(head.headers);
        let mut uri = head.uri.into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(authority);
        uri.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
        head.uri = Uri::from_parts(uri).map_err(|_| Lost)?;
        let answer = self.0.request(hyper::Request::from_parts(head, body)).await.map_err(|_| Lost)?;
        let (head, body) = answer.into_parts();
        Answer::read(head, body).await.map_err(|_| Lost)
    }
}

/// Host and port of `http://host:port`.
///
/// # Errors
/// Where it is anything else.
pub(super) fn authority(endpoint: &str) -> io::Result<Authority> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "the upstream must be http://host:port");
    let uri: Uri = endpoint.parse().map_err(|_| invalid())?;
    let plain = uri.scheme() == Some(&Scheme::HTTP) && uri.path() == "/";
    uri.authority().filter(|_| plain).cloned().ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_plain_http_with_nothing_after_the_port() {
        assert!(authority("http://127.0.0.1:4566").is_ok() && authority("http://h/").is_ok());
        for endpoint in ["https://h", "h:80", "http://h/q", "", "/", "http://"] {
            assert!(authority(endpoint).is_err(), "{endpoint}");
        }
    }
}
