//! Who is calling: the bearer key of a request, and extractors by which a handler asks for a caller who may do
//! something.

use axum::extract::{FromRef, FromRequestParts};
use domain::change::Actor;
use domain::ids::RequestId;
use domain::keys::{Caller, KeyHash, KeyHasher, PlainKey, Scope};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use ledger::Database;
use ledger::keys;

use crate::{ApiError, AppState};

/// The token of `Authorization: Bearer …`.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let value = single_header(headers, "Authorization")?;
    let parts = value.and_then(|value| value.to_str().ok()?.split_once(' '));
    let token =
        parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    Ok(token.filter(|token| !token.is_empty()))
}

/// A header that may be sent once. Hosts and gateways disagree on which of several values counts, so several are
/// refused.
pub fn single_header<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> Result<Option<&'a HeaderValue>, ApiError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.all(|value| Some(value) == first) {
        return Ok(first);
    }
    let message = format!("'{name}' is sent more than once, with different values. Send it once.");
    Err(ApiError::InvalidRequest { message, param: Some(name.to_owned()) })
}

/// Parses a token as one of our keys. Malformed keys are refused like unknown ones.
pub fn parse_key(token: &str) -> Result<PlainKey, ApiError> {
    PlainKey::parse(token).map_err(|_| ApiError::KeyInvalid)
}

/// The caller of a request whose key is valid, whatever its scopes.
pub async fn identify(
    headers: &HeaderMap,
    hasher: &KeyHasher,
    database: &Database,
) -> Result<Caller, ApiError> {
    let key = parse_key(bearer(headers)?.ok_or(ApiError::KeyMissing)?)?;
    keys::authenticate(database, hasher.hash(&key)).await?.ok_or(ApiError::KeyInvalid)
}

/// The caller of a request whose key is valid and has `scope`.
pub async fn authenticate(
    headers: &HeaderMap,
    scope: Scope,
    hasher: &KeyHasher,
    database: &Database,
) -> Result<Caller, ApiError> {
    let key = parse_key(bearer(headers)?.ok_or(ApiError::KeyMissing)?)?;
    authenticate_key(hasher.hash(&key), scope, database).await
}

/// The caller of this key, which must be valid and have `scope`.
pub async fn authenticate_key(key: KeyHash, scope: Scope, database: &Database) -> Result<Caller, ApiError> {
    let caller = keys::authenticate(database, key).await?.ok_or(ApiError::KeyInvalid)?;
    if caller.has(scope) { Ok(caller) } else { Err(ApiError::ScopeMissing(scope)) }
}

/// A caller with a valid key, whatever its scopes.
pub struct ApiCaller(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for ApiCaller
where
    AppState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = AppState::from_ref(state);
        identify(&parts.headers, app.hasher(), app.database()).await.map(Self)
    }
}

/// A caller who may read usage.
pub struct Reader(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Reader
where
    AppState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = AppState::from_ref(state);
        authenticate(&parts.headers, Scope::UsageRead, app.hasher(), app.database()).await.map(Self)
    }
}

/// A caller who may administrate, and the id under which their change is recorded.
pub struct Administrator(pub Actor);

impl<S: Send + Sync> FromRequestParts<S> for Administrator
where
    AppState: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = AppState::from_ref(state);
        let caller = authenticate(&parts.headers, Scope::Admin, app.hasher(), app.database()).await?;
        let request_id = parts.extensions.get().copied().unwrap_or_else(RequestId::generate);
        Ok(Self(Actor {
            key_id: caller.key_id,
            user_label: caller.user_label,
            models: caller.models,
            ends_at: caller.expires_at.into_iter().chain(caller.secret_expires_at).min(),
            secret: Some(caller.secret),
            request_id,
        }))
    }
}
