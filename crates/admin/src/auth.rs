//! Who may ask for what: programs and people of this machine, and whoever knows the token; no
//! other site's pages, by whatever name they call this one.

use std::borrow::Cow;
use std::net::IpAddr;

use axum::http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{Request, StatusCode};

use crate::token::Token;

/// What is asked of a request.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// Whether only this machine can reach the server.
    pub(super) loopback: bool,
    pub(super) token: Option<Token>,
    /// How the token can be set, to tell those who need one.
    pub(super) token_name: &'static str,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) Cow<'static, str>);

const FOREIGN_HOST: Refusal = Refusal(
    StatusCode::FORBIDDEN,
    Cow::Borrowed("the Host must be localhost or an IP address where only this machine is served"),
);
const FOREIGN_SITE: Refusal =
    Refusal(StatusCode::FORBIDDEN, Cow::Borrowed("another site's page may not change anything here"));
const WRONG_TOKEN: Refusal =
    Refusal(StatusCode::UNAUTHORIZED, Cow::Borrowed("say the token: Authorization: Bearer TOKEN"));

impl Guard {
    /// Whether anybody may see anything by this request. A page whose name was made to point here
    /// sends that name; programs that send none are no browsers.
    pub(super) fn admit<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let header = request.headers().get(HOST).map(|host| host.to_str().unwrap_or_default());
        let target = request.uri().authority().map(Authority::as_str);
        let known = [header, target].into_iter().flatten().all(is_local);
        if self.loopback && !known { Err(FOREIGN_HOST) } else { Ok(()) }
    }

    /// Whether this request may change something.
    pub(super) fn permit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if !is_same_site(headers) {
            return Err(FOREIGN_SITE);
        }
        match &self.token {
            None if self.loopback => Ok(()),
            None => Err(no_token(self.token_name)),
            Some(token) if bearer(headers).is_some_and(|offered| token.is(offered)) => Ok(()),
            Some(_) => Err(WRONG_TOKEN),
        }
    }

    /// Whether a token is asked for, or nothing can be changed at all.
    pub(super) fn says(&self) -> &'static str {
        match (&self.token, self.loopback) {
            (Some(_), _) => "token",
            (None, true) => "open",
            (None, false) => "closed",
        }
    }
}

fn no_token(name: &str) -> Refusal {
    let reason = format!("nothing can be changed here: the address is not loopback and there is no {name}");
    Refusal(StatusCode::FORBIDDEN, reason.into())
}

fn is_local(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok()
}

/// Browsers name the site of the page on whatever they send that changes something.
fn is_same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let fetched = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin = text(ORIGIN.as_str()).is_none_or(|origin| {
        let site = origin.split_once("://").map(|(_, authority)| authority);
        site.is_some() && site == text(HOST.as_str())
    });
    fetched && origin
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request<()> {
        let builder =
            headers.iter().fold(Request::builder(), |builder, (name, value)| builder.header(*name, *value));
        builder.body(()).unwrap()
    }

    fn guard(loopback: bool, token: &str) -> Guard {
        Guard { loopback, token: Token::new(token), token_name: "--token" }
    }

    #[test]
    fn on_loopback_only_this_machines_names_are_answered() {
        for host in ["localhost", "LOCALHOST:9090", "127.0.0.1:9090", "[::1]:9090", "[::1]", "10.0.0.1"] {
            assert_eq!(guard(true, "").admit(&request(&[("host", host)])), Ok(()), "{host}");
        }
        for host in
            ["evil.example", "evil.example:9090", "localhost.evil.example", "", "127.0.0.1.evil.example"]
        {
            assert_eq!(guard(true, "").admit(&request(&[("host", host)])), Err(FOREIGN_HOST), "{host}");
            assert_eq!(guard(false, "").admit(&request(&[("host", host)])), Ok(()), "{host}");
        }
    }

    #[test]
    fn another_sites_page_changes_nothing() {
        let permit = |headers: &[(&str, &str)]| guard(true, "").permit(request(headers).headers());
        assert_eq!(permit(&[]), Ok(()));
        assert_eq!(permit(&[("host", "localhost:9090"), ("origin", "http://localhost:9090")]), Ok(()));
        for headers in [
            [("host", "localhost:9090"), ("origin", "http://evil.example")],
            [("host", "localhost:9090"), ("origin", "http://localhost:80")],
            [("host", "localhost:9090"), ("origin", "null")],
            [("host", "localhost:9090"), ("sec-fetch-site", "cross-site")],
        ] {
            assert_eq!(permit(&headers), Err(FOREIGN_SITE), "{headers:?}");
        }
    }

    #[test]
    fn beyond_loopback_the_token_is_asked_for() {
        let permit = |guard: Guard, token: &str| guard.permit(request(&[("authorization", token)]).headers());
        assert_eq!(permit(guard(false, ""), "Bearer x"), Err(no_token("--token")));
        for loopback in [true, false] {
            assert_eq!(permit(guard(loopback, "right"), "Bearer wrong"), Err(WRONG_TOKEN));
            assert_eq!(permit(guard(loopback, "right"), "right"), Err(WRONG_TOKEN));
            assert_eq!(permit(guard(loopback, "right"), "bearer right"), Ok(()));
        }
    }
}
