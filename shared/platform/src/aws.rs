//! The parts that AWS clients share.
//!
//! Clients use only the platform's variables, which Lambda always sets. The credential chain of the full configuration
//! crate would cost start-up time and binary size without any benefit.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_secretsmanager::config::SharedHttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// HTTPS with the binary's only crypto provider.
pub fn https_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// The platform's credentials, read from its variables whenever they are needed.
#[derive(Debug, Clone, Copy)]
pub struct PlatformCredentials;

impl PlatformCredentials {
    #[expect(clippy::disallowed_methods, reason = "the platform owns these variables, not our configuration")]
    pub fn read() -> provider::Result {
        let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                Ok(Credentials::new(id, secret, get("AWS_SESSION_TOKEN"), None, "environment"))
            }
            _ => Err(CredentialsError::not_loaded("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")),
        }
    }
}

impl ProvideCredentials for PlatformCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Self::read())
    }
}
