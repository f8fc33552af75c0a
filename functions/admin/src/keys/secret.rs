//! Secrets of new and rotated keys: random, or derived where the request may be repeated.

use domain::change::Actor;
use domain::ids::KeyId;
use domain::keys::{KeyFacts, KeyHash, KeyHasher, NewSecret, PlainKey};
use http::HeaderMap;
use web::{ApiError, FieldError};

const HEADER: &str = "idempotency-key";
const MAX_IDEMPOTENCY_KEY_BYTES: usize = 255;

pub(super) struct Secret {
    key: PlainKey,
    hash: KeyHash,
    request: Option<KeyHash>,
}

impl Secret {
    pub(super) fn stored(&self) -> NewSecret<'_> {
        NewSecret { key: &self.key, hash: self.hash, request: self.request }
    }

    pub(super) fn reveal(&self) -> &str {
        self.key.reveal()
    }
}

pub(super) fn for_new_key(
    headers: &HeaderMap,
    by: &Actor,
    facts: &KeyFacts,
    hasher: &KeyHasher,
) -> Result<Secret, ApiError> {
    let asked = format!("{facts:?}");
    make(headers, by, b"create", &[], asked.as_bytes(), hasher)
}

pub(super) fn for_rotation(
    headers: &HeaderMap,
    by: &Actor,
    id: KeyId,
    grace_seconds: u32,
    hasher: &KeyHasher,
) -> Result<Secret, ApiError> {
    make(headers, by, b"rotate", id.as_uuid().as_bytes(), &grace_seconds.to_be_bytes(), hasher)
}

/// With an `Idempotency-Key` the secret follows from it, the administrator and the key under the pepper. A repeat works
/// it out again, finds its hash stored, and is answered with it: nothing that opens anything is ever kept. What was
/// `asked` is no part of it, but stored as a digest, so that the same `Idempotency-Key` for something else is noticed.
fn make(
    headers: &HeaderMap,
    by: &Actor,
    purpose: &[u8],
    subject: &[u8],
    asked: &[u8],
    hasher: &KeyHasher,
) -> Result<Secret, ApiError> {
    let Some(idempotency_key) = headers.get(HEADER) else {
        let key = PlainKey::generate().map_err(|error| ApiError::Internal(Box::new(error)))?;
        return Ok(Secret { hash: hasher.hash(&key), key, request: None });
    };
    if idempotency_key.is_empty() || idempotency_key.len() > MAX_IDEMPOTENCY_KEY_BYTES {
        let message = format!("must be 1 to {MAX_IDEMPOTENCY_KEY_BYTES} characters");
        return Err(ApiError::Validation(vec![FieldError::new("Idempotency-Key", message)]));
    }
    let actor = by.key_id.as_uuid();
    let key = PlainKey::derive(hasher, &[purpose, actor.as_bytes(), subject, idempotency_key.as_bytes()]);
    Ok(Secret { hash: hasher.hash(&key), key, request: Some(hasher.digest(&[purpose, asked])) })
}
