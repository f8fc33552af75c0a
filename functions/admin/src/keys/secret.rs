//! Secrets of new and rotated keys: random, or derived where the request may be repeated.

use domain::change::Actor;
use domain::ids::KeyId;
use domain::keys::{KeyFacts, KeyHash, KeyHasher, NewSecret, PlainKey};
use web::{ApiError, FieldError};

use crate::answer::IdempotencyKey;

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
    idempotency_key: &IdempotencyKey,
    by: &Actor,
    facts: &KeyFacts,
    hasher: &KeyHasher,
) -> Result<Secret, ApiError> {
    let request = format!("{facts:?}");
    make(idempotency_key, by, b"create", &[], request.as_bytes(), hasher)
}

pub(super) fn for_rotation(
    idempotency_key: &IdempotencyKey,
    by: &Actor,
    id: KeyId,
    grace_seconds: u32,
    hasher: &KeyHasher,
) -> Result<Secret, ApiError> {
    make(idempotency_key, by, b"rotate", id.as_uuid().as_bytes(), &grace_seconds.to_be_bytes(), hasher)
}

/// With an `Idempotency-Key` the secret is derived from it, the administrator and the key under the pepper. A repeated
/// request derives it again and finds its hash stored, so no secret is ever stored. The `request` is not an input of
/// the derivation; its digest is stored, so that reusing an `Idempotency-Key` for another request is noticed.
fn make(
    idempotency_key: &IdempotencyKey,
    by: &Actor,
    purpose: &[u8],
    subject: &[u8],
    request: &[u8],
    hasher: &KeyHasher,
) -> Result<Secret, ApiError> {
    let Some(idempotency_key) = &idempotency_key.0 else {
        let key = PlainKey::generate().map_err(|error| ApiError::Internal(Box::new(error)))?;
        return Ok(Secret { hash: hasher.hash(&key), key, request: None });
    };
    if idempotency_key.is_empty() || idempotency_key.len() > MAX_IDEMPOTENCY_KEY_BYTES {
        let message = format!("must be 1 to {MAX_IDEMPOTENCY_KEY_BYTES} characters");
        return Err(ApiError::Validation(vec![FieldError::new("Idempotency-Key", message)]));
    }
    let actor = by.key_id.as_uuid();
    let key = PlainKey::derive(hasher, &[purpose, actor.as_bytes(), subject, idempotency_key.as_bytes()]);
    Ok(Secret { hash: hasher.hash(&key), key, request: Some(hasher.digest(&[purpose, request])) })
}
