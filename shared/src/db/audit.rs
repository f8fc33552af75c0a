//! The record of what administrators changed: written with each change, read by paging back from the newest.

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use super::change::Actor;
use super::{Database, DbError};
use crate::ids::KeyId;

pub(super) const RECORD: &str = include_str!("audit/record.sql");
pub(super) const LIST: &str = include_str!("audit/list.sql");
pub(super) const RECORD_TYPES: &[Type] =
    &[Type::UUID, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::JSONB, Type::JSONB];
pub(super) const LIST_TYPES: &[Type] = &[
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::UUID,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
];

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
words!(
    /// What was done.
    Action { Create = "create", Update = "update", Delete = "delete", Revoke = "revoke", Rotate = "rotate" }
);
words!(
    /// What it was done to.
    Subject { Key = "key", Limit = "limit", Price = "price" }
);

/// One change to write down. Neither side may hold a secret or a hash.
pub(super) struct Change<'a> {
    pub action: Action,
    pub subject: Subject,
    pub id: String,
    pub user_label: Option<&'a str>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

pub(super) async fn record(
    transaction: &Transaction<'_>,
    by: &Actor,
    change: Change<'_>,
) -> Result<(), DbError> {
    let written = transaction
        .execute_typed(
            RECORD,
            &[
                (&by.key_id.as_uuid(), Type::UUID),
                (&change.action.as_str(), Type::TEXT),
                (&change.subject.as_str(), Type::TEXT),
                (&change.id, Type::TEXT),
                (&change.user_label, Type::TEXT),
                (&by.request_id.to_string(), Type::TEXT),
                (&change.before, Type::JSONB),
                (&change.after, Type::JSONB),
            ],
        )
        .await?;
    // Keys are never deleted, so the actor is there.
    if written == 1 { Ok(()) } else { Err(DbError::Unexpected("a change by nobody")) }
}

/// A change as it was written down.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub actor_key_id: KeyId,
    pub actor_name: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub user_label: Option<String>,
    pub request_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

impl Entry {
    fn from_row(row: &Row) -> Self {
        Self {
            id: row.get("id"),
            at: row.get("at"),
            actor_key_id: KeyId::from_uuid(row.get("actor_key_id")),
            actor_name: row.get("actor_name"),
            action: row.get("action"),
            subject_kind: row.get("subject_kind"),
            subject_id: row.get("subject_id"),
            user_label: row.get("user_label"),
            request_id: row.get("request_id"),
            before: row.get("before"),
            after: row.get("after"),
        }
    }
}

/// Which entries: every part that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub subject: Option<Subject>,
    pub subject_id: Option<String>,
    pub action: Option<Action>,
    pub actor: Option<KeyId>,
    /// Half-open: `from` is inside, `to` is not.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub user_label: Option<String>,
}

/// Newest first, at most `limit` entries older than `before`.
pub async fn list(
    database: &Database,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let rows = database
        .query(
            LIST,
            &[
                (&filter.subject.map(Subject::as_str), Type::TEXT),
                (&filter.subject_id, Type::TEXT),
                (&filter.action.map(Action::as_str), Type::TEXT),
                (&filter.actor.map(KeyId::as_uuid), Type::UUID),
                (&filter.from, Type::TIMESTAMPTZ),
                (&filter.to, Type::TIMESTAMPTZ),
                (&filter.user_label, Type::TEXT),
                (&before, Type::INT8),
                (&limit, Type::INT8),
            ],
        )
        .await?;
    Ok(rows.iter().map(Entry::from_row).collect())
}
