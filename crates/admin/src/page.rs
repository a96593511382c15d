//! The page: one file that loads nothing, and may do nothing but ask this server.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::reply::{reply, with};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
const PAGE: &str = concat!(
    include_str!("page/head.html"),
    "<style>",
    include_str!("page/page.css"),
    "</style>",
    include_str!("page/body.html"),
    "<script>",
    include_str!("page/page.js"),
    "</script>\n</body>\n</html>\n",
);

/// Names what the page has with it by its hash: nothing else is loaded or run.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    HeaderValue::from_str(&policy).expect("base64 is fit for a header")
});

/// The page.
pub(super) fn page() -> Response {
    let page = reply(StatusCode::OK, "text/html; charset=utf-8", PAGE);
    let page = with(page, X_FRAME_OPTIONS, "DENY");
    let page = with(page, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    let mut page = with(page, REFERRER_POLICY, "no-referrer");
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    page
}
