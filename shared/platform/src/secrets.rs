//! Secrets Manager (provider key, pepper, database password) and IAM database login tokens.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

use crate::aws::{PlatformCredentials, https_client};
use crate::environment::{AwsConfig, SecretSource};
use crate::telemetry::with_causes;

/// All characters except the unreserved ones of RFC 3986, as SigV4 requires.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How long an IAM database login token is valid. It is only used to connect.
const LOGIN_TOKEN_VALIDITY: Duration = Duration::from_mins(15);

/// Lambda ends a start after ten seconds without a log line, and a login is given up after eight: before that, the log
/// must name the secret that cannot be read.
const LONGEST_WAIT: Duration = Duration::from_secs(7);
const LONGEST_ATTEMPT: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("cannot read secret {arn}: {reason}")]
    Read { arn: String, reason: String },
    #[error("cannot write secret {arn}: {reason}")]
    Write { arn: String, reason: String },
    #[error("secret {arn} is not text")]
    NotText { arn: String },
    #[error("AWS_REGION is not set")]
    NoRegion,
    #[error("AWS credentials are not set in the environment")]
    NoCredentials(#[source] CredentialsError),
    #[error("cannot sign the database login token")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads and writes secrets and keeps none.
#[derive(Clone)]
pub struct Secrets {
    client: Client,
    region: Option<String>,
}

impl Secrets {
    pub fn new(aws: &AwsConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(LONGEST_WAIT)
            .operation_attempt_timeout(LONGEST_ATTEMPT)
            .build();
        let mut config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(https_client(aws.authorities.clone()))
            .credentials_provider(PlatformCredentials)
            .timeout_config(timeouts)
            .use_dual_stack(aws.use_dual_stack);
        config.set_region(aws.region.clone().map(Region::new));
        config.set_endpoint_url(aws.endpoint_url.clone());
        Self { client: Client::from_conf(config.build()), region: aws.region.clone() }
    }

    /// The configured value, or the current version of the secret.
    pub async fn resolve(&self, source: &SecretSource) -> Result<SecretString, SecretError> {
        match source {
            SecretSource::Value(value) => Ok(value.clone()),
            SecretSource::Arn(arn) => self.read(arn).await,
        }
    }

    pub async fn read(&self, arn: &str) -> Result<SecretString, SecretError> {
        // Boxed because the SDK's future is large, and every future that may open a connection would contain it.
        let response = Box::pin(self.client.get_secret_value().secret_id(arn).send())
            .await
            .map_err(|error| SecretError::Read { arn: arn.to_owned(), reason: reason(&error) })?;
        response.secret_string.map(Into::into).ok_or_else(|| SecretError::NotText { arn: arn.to_owned() })
    }

    /// Makes `value` the current version of the secret.
    pub async fn write(&self, arn: &str, value: &SecretString) -> Result<(), SecretError> {
        let request = self.client.put_secret_value().secret_id(arn).secret_string(value.expose_secret());
        Box::pin(request.send())
            .await
            .map(drop)
            .map_err(|error| SecretError::Write { arn: arn.to_owned(), reason: reason(&error) })
    }

    /// A password for IAM database login: a presigned URL without its scheme, created without a network call.
    pub fn database_login_token(
        &self,
        host: &str,
        port: u16,
        user: &str,
        now: SystemTime,
    ) -> Result<SecretString, SecretError> {
        let region = self.region.as_deref().ok_or(SecretError::NoRegion)?;
        let identity = PlatformCredentials::read().map_err(SecretError::NoCredentials)?.into();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(LOGIN_TOKEN_VALIDITY);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("rds-db")
            .time(now)
            .settings(settings)
            .build()
            .map_err(|error| SecretError::Sign(error.into()))?
            .into();
        let url = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
        let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(&[]))
            .map_err(|error| SecretError::Sign(error.into()))?;
        let (instructions, _) =
            sign(request, &params).map_err(|error| SecretError::Sign(error.into()))?.into_parts();
        let mut token = format!("{host}:{port}/?Action=connect&DBUser={user}");
        for (name, value) in instructions.params() {
            token.push('&');
            token.push_str(name);
            token.push('=');
            token.extend(utf8_percent_encode(value, UNRESERVED));
        }
        Ok(token.into())
    }
}

/// The service's own words, or why there was no response.
fn reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    if let SdkError::ServiceError(service) = error {
        let meta = service.err().meta();
        return format!("{}: {}", meta.code().unwrap_or("error"), meta.message().unwrap_or("no message"));
    }
    with_causes(error)
}
