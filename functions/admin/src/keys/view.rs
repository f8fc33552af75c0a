//! Keys as responses show them. A secret leaves only in the response that created it.

use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::ids::KeyId;
use domain::keys::{Issued, Key, KeyStatus, Scope};
use domain::words::Word;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::versioned;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    #[schema(value_type = String, example = "key_0198c0de0000700080000000deadbeef")]
    pub id: KeyId,
    pub name: String,
    /// The one label that the key writes and reads; null for all.
    #[schema(required = true)]
    pub user_label: Option<String>,
    #[schema(value_type = Vec<Scope>)]
    pub scopes: Vec<&'static str>,
    /// Models that the key may use, where `*` matches any text; null for all.
    #[schema(required = true)]
    pub models: Option<Vec<String>>,
    #[schema(value_type = KeyStatus)]
    pub status: &'static str,
    pub created_at: DateTime<Utc>,
    #[schema(required = true)]
    pub expires_at: Option<DateTime<Utc>>,
    /// To the minute.
    #[schema(required = true)]
    pub last_used_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    pub revoked_at: Option<DateTime<Utc>>,
    /// First characters of the newest secret, to recognise it by.
    #[schema(required = true, example = "tm_4fK2p0Qa")]
    pub secret_prefix: Option<String>,
    /// Older secrets that work until their grace period ends.
    pub retiring_secrets: Vec<RetiringSecret>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetiringSecret {
    pub secret_prefix: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyPage {
    /// Newest first.
    pub data: Vec<ApiKey>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// A key and its secret, which is shown only once.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedKey {
    #[serde(flatten)]
    pub key: ApiKey,
    #[schema(example = "tm_4fK2p0Qa…")]
    pub secret: String,
}

impl From<Key> for ApiKey {
    fn from(key: Key) -> Self {
        let retiring = key.retiring.into_iter();
        Self {
            id: key.id,
            name: key.facts.name,
            user_label: key.facts.user_label,
            scopes: key.facts.scopes.into_iter().map(Word::as_str).collect(),
            models: key.facts.models,
            status: key.status.as_str(),
            created_at: key.created_at,
            expires_at: key.facts.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
            secret_prefix: key.secret_prefix,
            retiring_secrets: retiring
                .map(|(secret_prefix, expires_at)| RetiringSecret { secret_prefix, expires_at })
                .collect(),
        }
    }
}

impl IssuedKey {
    pub(crate) fn answer(status: StatusCode, issued: Issued, secret: &str) -> Response {
        let version = issued.key.version;
        let body = Self { key: ApiKey::from(issued.key), secret: secret.to_owned() };
        let mut response = versioned(status, version, body);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if issued.is_repeat {
            headers.insert(HeaderName::from_static("idempotent-replayed"), HeaderValue::from_static("true"));
        }
        response
    }
}
