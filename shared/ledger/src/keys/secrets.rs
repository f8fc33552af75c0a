//! Secrets of keys: adding one, recognising a repeated request, and retiring the others.

use domain::change::Actor;
use domain::ids::KeyId;
use domain::keys::{KeyHash, KeyRefusal, NewSecret};

use crate::DbError;
use crate::change::ChangeError;
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};

/// Only a secret derived from an Idempotency-Key can exist already: its first request is in flight or done.
const ADD_SECRET: Statement = statement!(
    "keys/add_secret",
    "insert into api_key_secrets (secret_hash, key_id, secret_prefix, request_hash)
    values ($1, $2, $3, $4)
    on conflict (secret_hash) do nothing",
    [BYTEA, UUID, TEXT, BYTEA]
);
const FIND_SECRET: Statement = statement!("keys/find_secret.sql", [BYTEA]);
const RETIRE_SECRETS: Statement = statement!("keys/retire_secrets.sql", [UUID, FLOAT8, BYTEA]);

pub(crate) const STATEMENTS: &[&Statement] = &[&ADD_SECRET, &FIND_SECRET, &RETIRE_SECRETS];

/// Returns `false` if the secret exists already.
pub(super) async fn add(
    transaction: &Transaction<'_>,
    id: KeyId,
    secret: &NewSecret<'_>,
) -> Result<bool, DbError> {
    let added = transaction
        .execute(
            &ADD_SECRET,
            &[
                &secret.hash.as_bytes(),
                &id.as_uuid(),
                &secret.key.public_prefix(),
                &secret.request.as_ref().map(KeyHash::as_bytes),
            ],
        )
        .await?;
    Ok(added == 1)
}

/// The key that an earlier request with the same `Idempotency-Key` created this secret for.
pub(super) async fn find_repeated(
    transaction: &Transaction<'_>,
    secret: &NewSecret<'_>,
) -> Result<Option<KeyId>, ChangeError<KeyRefusal>> {
    let hash = secret.hash.as_bytes();
    let Some(row) = transaction.query_opt(&FIND_SECRET, &[&hash]).await? else {
        return Ok(None);
    };
    if row.get::<_, Option<&[u8]>>("request_hash") != secret.request.as_ref().map(KeyHash::as_bytes) {
        return Err(KeyRefusal::IdempotencyKeyReused.into());
    }
    // Otherwise a secret that grants nothing would be handed out.
    if row.get("is_over") {
        return Err(KeyRefusal::IdempotencyKeyExpired.into());
    }
    Ok(Some(KeyId::from_uuid(row.get("key_id"))))
}

/// Lets one secret of a key live on for a grace period, ends all others, and counts up the version of the key. The one
/// that lives on is the newest or, when a key rotates itself, the one it came with: after a lost response it is the
/// only one that its owner knows.
pub(super) async fn retire(
    transaction: &Transaction<'_>,
    id: KeyId,
    grace_seconds: u32,
    by: &Actor,
) -> Result<(), DbError> {
    let own = by.secret.as_ref().map(KeyHash::as_bytes);
    transaction.execute(&RETIRE_SECRETS, &[&id.as_uuid(), &f64::from(grace_seconds), &own]).await?;
    Ok(())
}
