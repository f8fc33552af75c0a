//! Who is calling: the bearer key of a request.

use domain::keys::{Caller, KeyHasher, PlainKey, Scope};
use http::{HeaderMap, header};
use ledger::Database;
use ledger::keys;

use super::ApiError;

/// The token of `Authorization: Bearer …`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// One of our keys out of a token; a malformed one is refused as an unknown one is.
pub fn parse_key(token: &str) -> Result<PlainKey, ApiError> {
    PlainKey::parse(token).map_err(|_| ApiError::KeyInvalid)
}

/// The caller of a request, if their key is valid, whatever it may do.
pub async fn identify(
    headers: &HeaderMap,
    hasher: &KeyHasher,
    database: &Database,
) -> Result<Caller, ApiError> {
    let key = parse_key(bearer(headers).ok_or(ApiError::KeyMissing)?)?;
    keys::authenticate(database, hasher.hash(&key)).await?.ok_or(ApiError::KeyInvalid)
}

/// The caller of a request, if their key is valid and has `scope`.
pub async fn authenticate(
    headers: &HeaderMap,
    scope: Scope,
    hasher: &KeyHasher,
    database: &Database,
) -> Result<Caller, ApiError> {
    let caller = identify(headers, hasher, database).await?;
    if caller.has(scope) { Ok(caller) } else { Err(ApiError::ScopeMissing(scope)) }
}
