//! The SDK client: found by the SDK's own chain, with timeouts and retries that suit SQS.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{Builder, Credentials, ProvideCredentials, StalledStreamProtectionConfig};
use rustls_native_certs::load_native_certs;
use shared::error::{chain, one_line};
use tokio::time::timeout;

use crate::environment::{endpoint, is_url, profile, variables};
use crate::user_agent::UserAgent;

/// How long a call may take and how often it is tried.
///
/// The SDK sets no timeout by itself: a call to a host that went silent never ends.
#[derive(Clone, Copy, Debug)]
pub struct Calls {
    /// Names a retry budget of their own: one kind of call cannot use up another's.
    pub budget: &'static str,
    /// Tries in all, at least 1.
    pub attempts: u32,
    /// For one try.
    pub attempt_timeout: Duration,
}

/// Region and credentials, found and checked once.
#[derive(Clone, Debug)]
pub struct Sqs {
    pub(crate) config: SdkConfig,
}

/// Region and credentials are found within this time; the chain may ask hosts that are not there.
const LOAD: Duration = Duration::from_secs(10);

/// The account cannot be reached as things are configured.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Nothing in the chain names a region.
    #[error("no AWS region{profile}: set AWS_REGION, or a region in the profile that AWS_PROFILE names", profile = profile())]
    NoRegion,
    /// The endpoint is no URL.
    #[error(
        "{0:?} is no endpoint: give AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_SQS, or endpoint_url in the profile) \
         a URL such as http://127.0.0.1:4566"
    )]
    Endpoint(String),
    /// Servers cannot be told from others.
    #[error(
        "no certificates of authorities, which the AWS SDK asks for also without TLS: install ca-certificates, \
         or name a file of them in SSL_CERT_FILE{0}"
    )]
    NoAuthorities(String),
    /// Nothing in the chain has credentials.
    #[error(
        "no AWS credentials{profile} ({0}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
         or AWS_PROFILE, or give the host a role", profile = profile()
    )]
    NoCredentials(String),
    /// Their source is there and gave none, as a metadata service that is not up yet.
    #[error(
        "no AWS credentials{profile}, their source does not answer ({0}): check the host's role and its metadata service, \
         or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE", profile = profile()
    )]
    CredentialsAway(String),
}

impl AccountError {
    /// Whether no time mends it. Region and credentials may come from a host that is not up yet.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Endpoint(_))
    }

    /// Whether it should pass by itself.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::CredentialsAway(_))
    }
}

impl From<CredentialsError> for AccountError {
    fn from(error: CredentialsError) -> Self {
        use CredentialsError::{CredentialsNotLoaded, InvalidConfiguration};
        let text = one_line(&chain(&error));
        match &error {
            CredentialsNotLoaded(_) | InvalidConfiguration(_) => Self::NoCredentials(text),
            _ => Self::CredentialsAway(text),
        }
    }
}

impl Sqs {
    /// Loads the SDK's own chain: environment, profile, web identity, container, instance. A
    /// variable that is set to nothing counts as unset.
    ///
    /// # Errors
    /// Without a region or credentials, or with an endpoint that is none, at once and not at the
    /// first call; after 10 s where their source is silent.
    pub async fn load() -> Result<Self, AccountError> {
        let found = timeout(LOAD, Self::find()).await;
        found.unwrap_or_else(|_| Err(AccountError::CredentialsAway("no answer in time".into())))
    }

    async fn find() -> Result<Self, AccountError> {
        authorities()?;
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).env(variables());
        // The loader would panic for what AWS_MAX_ATTEMPTS and AWS_RETRY_MODE may hold.
        let config = loader.retry_config(RetryConfig::standard()).load().await;
        if let Some(endpoint) = endpoint(&config).filter(|endpoint| !is_url(endpoint)) {
            return Err(AccountError::Endpoint(endpoint));
        }
        if config.region().is_none_or(|region| region.as_ref().is_empty()) {
            return Err(AccountError::NoRegion);
        }
        let sqs = Self { config };
        sqs.credentials().await?;
        Ok(sqs)
    }

    pub(crate) async fn credentials(&self) -> Result<Credentials, AccountError> {
        let missing = || AccountError::NoCredentials("no source of them is configured".into());
        let provider = self.config.credentials_provider().ok_or_else(missing)?;
        Ok(provider.provide_credentials().await?)
    }

    /// A client for one kind of call.
    pub fn client(&self, calls: &Calls) -> Client {
        Client::from_conf(self.config(calls).build())
    }

    /// What makes such a client.
    pub(crate) fn config(&self, calls: &Calls) -> Builder {
        let retries = RetryConfig::standard().with_max_attempts(calls.attempts);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(calls.attempt_timeout);
        Builder::from(&self.config)
            .retry_config(retries)
            .retry_partition(RetryPartition::new(calls.budget))
            .timeout_config(timeouts.build())
            .interceptor(UserAgent)
            // It guards large bodies; a long poll is a silent one, and the timeouts end it.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
    }
}

/// Where there are none, the SDK panics.
fn authorities() -> Result<(), AccountError> {
    let found = load_native_certs();
    let why = || found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
    if found.certs.is_empty() { Err(AccountError::NoAuthorities(why())) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_endpoint_that_is_none_is_past_help() {
        assert!(AccountError::Endpoint("h:1".into()).is_usage());
        assert!(!AccountError::NoRegion.is_usage());
        assert!(!AccountError::NoCredentials(String::new()).is_usage());
    }
}
