//! API keys: authentication, and storing keys that no administrator created.

pub mod changes;
pub mod details;
pub mod first;
mod secrets;

use std::collections::HashMap;

use domain::ids::KeyId;
use domain::keys::{Caller, KeyHash, NewKey, PlainKey};
use domain::words::Word;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Database, DbError};
use crate::pool::in_time;
use crate::statement::{Statement, Values, statement};

const AUTHENTICATE: Statement = statement!(
    "keys/authenticate",
    "select id, name, user_label, scopes, models, expires_at, secret_expires_at, authenticated_at
    from api_key_of_secret(wanted_hash => $1)",
    [BYTEA]
);
const CREATE: Statement =
    statement!("keys/create.sql", [BYTEA, UUID, TEXT, TEXT, TEXT, TEXT_ARRAY, TEXT_ARRAY, TIMESTAMPTZ]);

const NAMES: Statement = statement!(
    "keys/names",
    "select id, name from api_keys where id = any($1) and ($2::text is null or user_label = $2)",
    [UUID_ARRAY, TEXT]
);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[
    &[&AUTHENTICATE, &CREATE, &NAMES],
    changes::STATEMENTS,
    details::STATEMENTS,
    first::STATEMENTS,
    secrets::STATEMENTS,
];

/// The caller of a secret, if it is valid now by the database's clock.
pub async fn authenticate(database: &Database, hash: KeyHash) -> Result<Option<Caller>, DbError> {
    let row = in_time(database.query_opt(&AUTHENTICATE, &[&hash.as_bytes()])).await?;
    Ok(row.as_ref().map(|row| caller_of_row(row, hash)))
}

/// Stores a key under a new id; returns `None` if its secret is stored already.
pub async fn create(
    database: &Database,
    new: &NewKey<'_>,
    key: &PlainKey,
    hash: KeyHash,
) -> Result<Option<KeyId>, DbError> {
    let row = create_with(new, key, hash, async |values| database.query_opt(&CREATE, values).await).await?;
    Ok(row.as_ref().map(created_id))
}

/// Runs [`CREATE`] with the values of a key under a new id.
async fn create_with(
    new: &NewKey<'_>,
    key: &PlainKey,
    hash: KeyHash,
    run: impl AsyncFnOnce(Values<'_>) -> Result<Option<Row>, DbError>,
) -> Result<Option<Row>, DbError> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let id = KeyId::generate().as_uuid();
    run(&[
        &hash.as_bytes(),
        &id,
        &key.public_prefix(),
        &new.name,
        &new.user_label,
        &scopes,
        &new.models,
        &new.expires_at,
    ])
    .await
}

fn created_id(row: &Row) -> KeyId {
    KeyId::from_uuid(row.get("id"))
}

/// The names of these keys; only those bound to `only_label`, if it is given.
pub async fn names(
    database: &Database,
    ids: &[KeyId],
    only_label: Option<&str>,
) -> Result<HashMap<KeyId, String>, DbError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
    let rows = database.query(&NAMES, &[&ids, &only_label]).await?;
    Ok(rows.iter().map(|row| (KeyId::from_uuid(row.get("id")), row.get("name"))).collect())
}

fn caller_of_row(row: &Row, secret: KeyHash) -> Caller {
    let scopes: Vec<&str> = row.get("scopes");
    Caller {
        key_id: KeyId::from_uuid(row.get("id")),
        name: row.get("name"),
        user_label: row.get("user_label"),
        models: row.get("models"),
        // A check of the table admits no others.
        scopes: scopes.into_iter().filter_map(|scope| scope.parse().ok()).collect(),
        expires_at: row.get("expires_at"),
        secret,
        secret_expires_at: row.get("secret_expires_at"),
        authenticated_at: row.get("authenticated_at"),
    }
}
