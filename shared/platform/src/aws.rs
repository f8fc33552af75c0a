//! The parts that AWS clients share.
//!
//! Clients use only the platform's variables, which Lambda always sets. The credential chain of the full configuration
//! crate would cost start-up time and binary size without any benefit.

mod http;

use std::time::SystemTime;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;

pub use self::http::https_client;

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

/// A request cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("AWS credentials are not set in the environment")]
    NoCredentials(#[source] CredentialsError),
    #[error("the access key is malformed: expected ID:SECRET, or ID:SECRET:SESSION_TOKEN")]
    MalformedAccessKey,
    #[error("cannot sign the request")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Who signs a request.
#[derive(Clone, Copy)]
pub enum Signer<'a> {
    Platform,
    /// An access key as secrets hold it: `ID:SECRET`, or `ID:SECRET:SESSION_TOKEN`.
    AccessKey(&'a str),
}

impl Signer<'_> {
    fn credentials(self) -> Result<Credentials, SignError> {
        match self {
            Self::Platform => PlatformCredentials::read().map_err(SignError::NoCredentials),
            Self::AccessKey(text) => access_key(text).ok_or(SignError::MalformedAccessKey),
        }
    }
}

/// None of the fields has a colon in it.
fn access_key(text: &str) -> Option<Credentials> {
    let fields: Vec<&str> = text.trim().split(':').collect();
    let (id, secret, token) = match *fields {
        [id, secret] => (id, secret, None),
        [id, secret, token] => (id, secret, Some(token.to_owned())),
        _ => return None,
    };
    let is_id = (16..=128).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric());
    let is_value = |value: &str| !value.is_empty() && value.bytes().all(|c| c.is_ascii_graphic());
    let is_valid = is_id && is_value(secret) && token.as_deref().is_none_or(is_value);
    is_valid.then(|| Credentials::new(id, secret, token, None, "secret"))
}

/// The headers that sign a request to an AWS service in a region, beside its host.
pub fn sign_request(
    signer: Signer<'_>,
    (method, url, body): (&str, &str, &[u8]),
    (service, region): (&str, &str),
    now: SystemTime,
) -> Result<HeaderMap, SignError> {
    signature(signer.credentials()?, (method, url, body), (service, region), now)
}

fn signature(
    credentials: Credentials,
    (method, url, body): (&str, &str, &[u8]),
    (service, region): (&str, &str),
    now: SystemTime,
) -> Result<HeaderMap, SignError> {
    let identity = credentials.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| SignError::Sign(error.into()))?
        .into();
    let request = SignableRequest::new(method, url, std::iter::empty(), SignableBody::Bytes(body))
        .map_err(|error| SignError::Sign(error.into()))?;
    let (instructions, _) =
        sign(request, &params).map_err(|error| SignError::Sign(error.into()))?.into_parts();
    let headers = instructions.headers().map(|(name, value)| {
        let name = HeaderName::try_from(name).map_err(|error| SignError::Sign(error.into()))?;
        let mut value = HeaderValue::try_from(value).map_err(|error| SignError::Sign(error.into()))?;
        value.set_sensitive(true);
        Ok((name, value))
    });
    headers.collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Signed by botocore 1.44.8 with the same credentials at the same time.
    #[test]
    fn signature_is_that_of_aws_own_clients() {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let token = Some("the-session-token".to_owned());
        let credentials = Credentials::new("AKIDEXAMPLE", secret, token, None, "test");
        let url =
            "https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.amazon.nova-pro-v1%3A0/converse";
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(498_900);
        let headers = signature(credentials, ("POST", url, b"{}"), ("bedrock", "eu-central-1"), now).unwrap();
        assert_eq!(headers["x-amz-date"], "20261130T120000Z");
        assert_eq!(headers["x-amz-security-token"], "the-session-token");
        assert_eq!(
            headers["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-central-1/bedrock/aws4_request, \
             SignedHeaders=host;x-amz-date;x-amz-security-token, \
             Signature=c170399ab014dd498d00d6619d3e8e6361540ab9993b643855d1f036a2be51ee"
        );
        assert!(headers.values().all(HeaderValue::is_sensitive));
    }

    #[test]
    fn access_key_of_a_secret_signs_as_any_other() {
        let text = "AKIDEXAMPLE12345:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(498_900);
        let sign = |text: &str| {
            let request = ("POST", "https://host/model/m/converse", b"{}".as_slice());
            sign_request(Signer::AccessKey(text), request, ("bedrock", "eu-central-1"), now)
        };
        for (text, has_token) in
            [(text.to_owned(), false), (format!("{text}:the-token=="), true), (format!(" {text}\n"), false)]
        {
            let headers = sign(&text).unwrap();
            let authorization = headers["authorization"].to_str().unwrap();
            assert!(
                authorization
                    .starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE12345/20261130/eu-central-1/")
            );
            assert_eq!(headers.contains_key("x-amz-security-token"), has_token);
        }
        for text in [
            "",
            "AKIDEXAMPLE12345",
            "AKIDEXAMPLE12345:",
            ":secret",
            "AKID:secret",
            "AKIDEXAMPLE12345:secret:",
            "AKIDEXAMPLE12345:secret:token:more",
            "AKIDEXAMPLE12345:sec ret",
            r#"{"AccessKeyId":"AKIDEXAMPLE12345","SecretAccessKey":"secret"}"#,
        ] {
            let error = sign(text).unwrap_err();
            assert!(matches!(error, SignError::MalformedAccessKey), "{text}");
            assert!(!error.to_string().contains("AKID"));
        }
    }
}
