//! Whose calls they would be: the region, and where the credentials came from. Never what they are.

use std::time::SystemTime;

use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_sdk_sqs::config::Credentials;

use crate::client::{AccountError, Sqs};

/// What the SDK's chain came up with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Where calls go to, unless an endpoint says otherwise.
    pub region: String,
    /// The link of the chain that had credentials.
    pub source: String,
    /// When these end; the SDK fetches others before that, if their source has any.
    pub expires_at: Option<SystemTime>,
}

impl Sqs {
    /// The account in use; asks the credentials' source once more.
    ///
    /// # Errors
    /// Where it has none any more.
    pub async fn account(&self) -> Result<Account, AccountError> {
        let credentials = self.credentials().await?;
        let region = self.config.region().map(ToString::to_string).unwrap_or_default();
        Ok(Account { region, source: source(&credentials), expires_at: credentials.expiry() })
    }
}

fn source(credentials: &Credentials) -> String {
    let features = credentials.get_property::<Vec<Feature>>();
    let mut words: Vec<_> = features.into_iter().flatten().filter_map(word).collect();
    words.dedup();
    if words.is_empty() { "a source of its own".to_owned() } else { words.join(", ") }
}

/// The SDK says it for its user agent; what is no source has no word here.
fn word(feature: &Feature) -> Option<&'static str> {
    Some(match feature {
        Feature::CredentialsEnvVars => "environment variables",
        Feature::CredentialsEnvVarsStsWebIdToken
        | Feature::CredentialsProfileStsWebIdToken
        | Feature::CredentialsStsAssumeRoleWebId => "web identity",
        Feature::CredentialsStsAssumeRole => "assumed role",
        Feature::CredentialsProfileSso | Feature::CredentialsSso => "single sign-on",
        Feature::CredentialsProfileProcess | Feature::CredentialsProcess => "process",
        Feature::CredentialsProfile
        | Feature::CredentialsProfileSourceProfile
        | Feature::CredentialsProfileNamedProvider
        | Feature::CredentialsProfileLogin => "profile",
        Feature::CredentialsHttp => "container role",
        Feature::CredentialsImds => "instance role",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_named_and_no_part_of_the_credentials_is() {
        let mut credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".into()), None, "chain");
        assert_eq!(source(&credentials), "a source of its own");
        credentials.set_property(vec![Feature::CredentialsSso, Feature::CredentialsProfile]);
        assert_eq!(source(&credentials), "single sign-on, profile");
    }
}
