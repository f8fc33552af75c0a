//! Delivery to a webhook, signed as specified by <https://www.standardwebhooks.com>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::{StatusCode, header};
use platform::environment::SecretSource;
use platform::secrets::{SecretError, Secrets};
use reqwest::Url;
use ring::hmac;
use secrecy::ExposeSecret;

use super::ATTEMPT_TIMEOUT;
use super::message::Message;
use crate::config::WebhookConfig;

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("cannot create the webhook's HTTP client")]
    Http(#[source] reqwest::Error),
    #[error("cannot configure TLS")]
    Tls,
    #[error("cannot read the webhook's signing secret")]
    Secret(#[source] SecretError),
    #[error(
        "the webhook's signing secret is malformed: expected `whsec_` followed by 24 to 64 bytes in base64"
    )]
    MalformedSecret,
}

#[derive(Clone)]
pub(super) struct Webhook {
    http: reqwest::Client,
    url: Url,
    secret: SecretSource,
}

/// Signs with every current secret; a receiver needs to know only one of them.
pub(super) struct Signer(Vec<hmac::Key>);

impl Webhook {
    pub(super) fn new(config: WebhookConfig) -> Result<Self, WebhookError> {
        let tls = platform::tls::client_config(false, None).map_err(|_| WebhookError::Tls)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // A message signed for one receiver must not reach another.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ATTEMPT_TIMEOUT)
            .user_agent("tokenmeter")
            .build()
            .map_err(WebhookError::Http)?;
        Ok(Self { http, url: config.url, secret: config.secret })
    }

    pub(super) async fn signer(&self, secrets: &Secrets) -> Result<Signer, WebhookError> {
        let text = secrets.resolve(&self.secret).await.map_err(WebhookError::Secret)?;
        Signer::parse(text.expose_secret()).ok_or(WebhookError::MalformedSecret)
    }

    /// Any 2xx counts as delivered. Errors never contain the URL, because its path may be a secret.
    pub(super) async fn send(
        &self,
        message: &Message,
        signer: &Signer,
        at: DateTime<Utc>,
    ) -> Result<(), String> {
        let timestamp = at.timestamp();
        let request = self
            .http
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signer.sign(&message.id, timestamp, &message.body))
            .body(message.body.clone());
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(status_text(response.status())),
            Err(error) => Err(error_text(error)),
        }
    }
}

impl Signer {
    fn parse(text: &str) -> Option<Self> {
        let key = |secret: &str| {
            let secret = secret.strip_prefix("whsec_").unwrap_or(secret);
            let bytes = STANDARD.decode(secret).ok().filter(|bytes| (24..=64).contains(&bytes.len()))?;
            Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
        };
        let keys: Option<Vec<_>> = text.split_whitespace().map(key).collect();
        keys.filter(|keys| !keys.is_empty()).map(Self)
    }

    fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        let signature = |key| format!("v1,{}", STANDARD.encode(hmac::sign(key, signed.as_bytes())));
        self.0.iter().map(signature).collect::<Vec<_>>().join(" ")
    }
}

fn status_text(status: StatusCode) -> String {
    if status.is_redirection() {
        return format!("status {}: redirects are not followed", status.as_u16());
    }
    format!("status {}", status.as_u16())
}

fn error_text(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no response within {} s", ATTEMPT_TIMEOUT.as_secs());
    }
    if error.is_connect() {
        return "no connection".to_owned();
    }
    "the connection broke".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_matches_the_example_of_the_specification() {
        let signer = Signer::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_secret_signs_and_malformed_ones_are_refused() {
        let one = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        // Without the prefix and without punctuation, which is valid base64, too.
        let two = "0123456789abcdefghijABCDEFGHIJ0123456789abcd";
        let both = Signer::parse(&format!("{one} {two}\n")).unwrap().sign("m", 1, "{}");
        let alone = [one, two].map(|secret| Signer::parse(secret).unwrap().sign("m", 1, "{}"));
        assert_eq!(both, alone.join(" "));
        for nonsense in ["", " ", "whsec_", "whsec_c2hvcnQ=", "hunter2", &format!("{one} hunter2")] {
            assert!(Signer::parse(nonsense).is_none(), "{nonsense}");
        }
    }
}
