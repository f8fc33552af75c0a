//! Keys as administrators see them: all that is known of a key, without its secrets.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::Scope;
use crate::db::{Database, DbError};
use crate::ids::KeyId;

pub(in crate::db) const FIND: &str = include_str!("find.sql");
pub(in crate::db) const LIST: &str = include_str!("list.sql");
pub(in crate::db) const FIND_TYPES: &[Type] = &[Type::UUID];
pub(in crate::db) const LIST_TYPES: &[Type] =
    &[Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::UUID, Type::INT8];

/// What administrators decide about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    pub name: String,
    pub user_label: Option<String>,
    pub scopes: Vec<Scope>,
    /// Globs; `None` is every model.
    pub models: Option<Vec<String>>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl KeyFacts {
    /// Whether everything is the key's to change, as long as it is valid.
    pub(super) fn may_administrate_all(&self) -> bool {
        self.user_label.is_none() && self.scopes.contains(&Scope::Admin)
    }
}

/// A key, without any of its secrets.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: KeyId,
    pub version: i64,
    pub facts: KeyFacts,
    /// `active`, `expired` or `revoked`.
    pub status: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Of the newest secret: it tells keys apart and opens nothing.
    pub secret_prefix: Option<String>,
    /// Prefixes of older secrets, and until when they work.
    pub retiring: Vec<(String, DateTime<Utc>)>,
}

impl Key {
    pub(super) fn from_row(row: &Row) -> Self {
        let scopes: Vec<&str> = row.get("scopes");
        let prefixes: Vec<String> = row.get("retiring_prefixes");
        let ends: Vec<DateTime<Utc>> = row.get("retiring_at");
        Self {
            id: KeyId::from_uuid(row.get("id")),
            version: row.get("version"),
            facts: KeyFacts {
                name: row.get("name"),
                user_label: row.get("user_label"),
                // A check of the table admits no others.
                scopes: scopes.into_iter().filter_map(Scope::parse).collect(),
                models: row.get("models"),
                expires_at: row.get("expires_at"),
            },
            status: row.get("status"),
            created_at: row.get("created_at"),
            last_used_at: row.get("last_used_at"),
            revoked_at: row.get("revoked_at"),
            secret_prefix: row.get("secret_prefix"),
            retiring: prefixes.into_iter().zip(ends).collect(),
        }
    }

    pub(super) fn may_administrate_all(&self) -> bool {
        self.status == "active" && self.facts.may_administrate_all()
    }

    pub(super) fn audited(&self) -> Value {
        json!({
            "name": self.facts.name,
            "user_label": self.facts.user_label,
            "scopes": self.facts.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
            "models": self.facts.models,
            "expires_at": self.facts.expires_at,
            "revoked_at": self.revoked_at,
        })
    }
}

/// Which keys: every part that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub user_label: Option<String>,
    pub scope: Option<Scope>,
    pub status: Option<String>,
    /// Anywhere in the name, in whatever case.
    pub name: Option<String>,
}

/// Newest first, at most `limit` keys made before `before`.
pub async fn list(
    database: &Database,
    filter: &Filter,
    before: Option<KeyId>,
    limit: i64,
) -> Result<Vec<Key>, DbError> {
    let rows = database
        .query(
            LIST,
            &[
                (&filter.user_label, Type::TEXT),
                (&filter.scope.map(Scope::as_str), Type::TEXT),
                (&filter.status, Type::TEXT),
                (&filter.name, Type::TEXT),
                (&before.map(KeyId::as_uuid), Type::UUID),
                (&limit, Type::INT8),
            ],
        )
        .await?;
    Ok(rows.iter().map(Key::from_row).collect())
}

pub async fn find(database: &Database, id: KeyId) -> Result<Option<Key>, DbError> {
    let row = database.query_opt(FIND, &[(&id.as_uuid(), Type::UUID)]).await?;
    Ok(row.as_ref().map(Key::from_row))
}
