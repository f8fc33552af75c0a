//! Keys: who is calling, and making new ones.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::{Database, DbError};
use crate::auth::{KeyHash, PlainKey};
use crate::ids::KeyId;

pub(super) const AUTHENTICATE: &str = include_str!("keys/authenticate.sql");
pub(super) const CREATE: &str = include_str!("keys/create.sql");
pub(super) const AUTHENTICATE_TYPES: &[Type] = &[Type::BYTEA];
pub(super) const CREATE_TYPES: &[Type] = &[
    Type::BYTEA,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ,
];

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Chat,
    UsageRead,
    Admin,
}

impl Scope {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::UsageRead => "usage:read",
            Self::Admin => "admin",
        }
    }
}

/// A caller whose key exists, is not expired and not revoked.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key_id: KeyId,
    /// The one label the key may write and read; `None` is all.
    pub user_label: Option<String>,
    pub models: Option<Vec<String>>,
    scopes: Vec<String>,
}

impl Caller {
    fn from_row(row: &Row) -> Self {
        Self {
            key_id: KeyId::from_uuid(row.get("id")),
            user_label: row.get("user_label"),
            models: row.get("models"),
            scopes: row.get("scopes"),
        }
    }

    /// `admin` is everything.
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|held| held == scope.as_str() || held == Scope::Admin.as_str())
    }
}

/// The caller of a secret, if it is valid now by the database's clock.
pub async fn authenticate(database: &Database, hash: KeyHash) -> Result<Option<Caller>, DbError> {
    let row = database.query_opt(AUTHENTICATE, &[(&hash.as_bytes(), Type::BYTEA)]).await?;
    Ok(row.as_ref().map(Caller::from_row))
}

/// What a new key may do.
pub struct NewKey<'a> {
    pub name: &'a str,
    pub user_label: Option<&'a str>,
    pub scopes: &'a [Scope],
    pub models: Option<&'a [String]>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Stores a key under a new id; answers `None` where its secret is stored already.
pub async fn create(
    database: &Database,
    new: &NewKey<'_>,
    key: &PlainKey,
    hash: KeyHash,
) -> Result<Option<KeyId>, DbError> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let row = database
        .query_opt(
            CREATE,
            &[
                (&hash.as_bytes(), Type::BYTEA),
                (&KeyId::generate().as_uuid(), Type::UUID),
                (&key.public_prefix(), Type::TEXT),
                (&new.name, Type::TEXT),
                (&new.user_label, Type::TEXT),
                (&scopes, Type::TEXT_ARRAY),
                (&new.models, Type::TEXT_ARRAY),
                (&new.expires_at, Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    Ok(row.map(|row| KeyId::from_uuid(row.get("id"))))
}
