//! Keys as administrators see them: everything but their secrets.

use chrono::{DateTime, Utc};
use domain::ids::KeyId;
use domain::keys::{Key, KeyFacts, KeyFilter, KeyStatus, Scope};
use domain::words::Word;
use tokio_postgres::Row;

use crate::statement::{Statement, statement};
use crate::{Database, DbError};

pub(super) const FIND: Statement = statement!(
    "keys/find",
    "select
        id, created_at, last_used_at, expires_at, revoked_at, version, name, user_label, scopes, models, status,
        secret_prefix, retiring_prefixes, retiring_at
    from api_key_details
    where id = $1",
    [UUID]
);
const LIST: Statement = statement!("keys/list.sql", [TEXT, TEXT, TEXT, TEXT, UUID, INT8]);

pub(crate) const STATEMENTS: &[&Statement] = &[&FIND, &LIST];

/// Newest first, at most `limit` keys made before `before`.
pub async fn list(
    database: &Database,
    filter: &KeyFilter,
    before: Option<KeyId>,
    limit: i64,
) -> Result<Vec<Key>, DbError> {
    let rows = database
        .query(
            &LIST,
            &[
                &filter.user_label,
                &filter.scope.map(Scope::as_str),
                &filter.status.map(KeyStatus::as_str),
                &filter.name,
                &before.map(KeyId::as_uuid),
                &limit,
            ],
        )
        .await?;
    rows.iter().map(key_of_row).collect()
}

pub async fn find(database: &Database, id: KeyId) -> Result<Option<Key>, DbError> {
    let row = database.query_opt(&FIND, &[&id.as_uuid()]).await?;
    row.as_ref().map(key_of_row).transpose()
}

pub(super) fn key_of_row(row: &Row) -> Result<Key, DbError> {
    let scopes: Vec<&str> = row.get("scopes");
    let prefixes: Vec<String> = row.get("retiring_prefixes");
    let ends: Vec<DateTime<Utc>> = row.get("retiring_at");
    Ok(Key {
        id: KeyId::from_uuid(row.get("id")),
        version: row.get("version"),
        facts: KeyFacts {
            name: row.get("name"),
            user_label: row.get("user_label"),
            // A check of the table admits no others.
            scopes: scopes.into_iter().filter_map(|scope| scope.parse().ok()).collect(),
            models: row.get("models"),
            expires_at: row.get("expires_at"),
        },
        status: KeyStatus::from_word(row.get("status"))
            .ok_or(DbError::Unexpected("an unknown status of a key"))?,
        created_at: row.get("created_at"),
        last_used_at: row.get("last_used_at"),
        revoked_at: row.get("revoked_at"),
        secret_prefix: row.get("secret_prefix"),
        retiring: prefixes.into_iter().zip(ends).collect(),
    })
}
