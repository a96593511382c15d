//! What the SDK is told of the environment, and what it finds there.

use std::collections::HashMap;
use std::ffi::OsString;

use aws_config::SdkConfig;
use aws_types::os_shim_internal::Env;
use aws_types::service_config::ServiceConfigKey;

/// The process's variables but those that are set to nothing: the SDK takes them for an answer.
pub(crate) fn variables() -> Env {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let set: HashMap<_, _> =
        std::env::vars_os().filter_map(text).filter(|(_, value)| !value.is_empty()).collect();
    Env::from(set)
}

/// The one that calls to SQS go to where it is not AWS's own, as the SDK finds it.
pub(crate) fn endpoint(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("SQS").env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let own = config.service_config().zip(key.build().ok()).and_then(|(config, key)| config.load_config(key));
    own.or_else(|| config.endpoint_url().map(str::to_owned))
}

/// Whether it has a scheme that SQS speaks, and a host.
pub(crate) fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace))
}

/// The profile that was asked for, which may be a slip of the pen.
pub(crate) fn profile() -> String {
    let named = std::env::var("AWS_PROFILE").ok().filter(|profile| !profile.is_empty());
    named.map_or_else(String::new, |profile| format!(" with the profile {profile:?} (AWS_PROFILE)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_with_scheme_and_host() {
        for url in ["http://127.0.0.1:4566", "https://sqs.eu-west-1.amazonaws.com", "http://[::1]:9324/"] {
            assert!(is_url(url), "{url}");
        }
        for text in ["127.0.0.1:4566", "localhost:4566", "ftp://h", "http://", "https:///q", "http://h h"] {
            assert!(!is_url(text), "{text}");
        }
    }
}
