//! The record of what administrators changed: written with each change, read by paging back from the newest.

use domain::audit::{AuditAction, AuditEntry, AuditFilter, AuditSubject};
use domain::change::Actor;
use domain::ids::KeyId;
use serde_json::Value;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use super::{Database, DbError};

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

/// One change to write down. Neither side may hold a secret or a hash.
pub(super) struct Change<'a> {
    pub action: AuditAction,
    pub subject: AuditSubject,
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

/// Newest first, at most `limit` entries older than `before`.
pub async fn list(
    database: &Database,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEntry>, DbError> {
    let rows = database
        .query(
            LIST,
            &[
                (&filter.subject.map(AuditSubject::as_str), Type::TEXT),
                (&filter.subject_id, Type::TEXT),
                (&filter.action.map(AuditAction::as_str), Type::TEXT),
                (&filter.actor.map(KeyId::as_uuid), Type::UUID),
                (&filter.from, Type::TIMESTAMPTZ),
                (&filter.to, Type::TIMESTAMPTZ),
                (&filter.user_label, Type::TEXT),
                (&before, Type::INT8),
                (&limit, Type::INT8),
            ],
        )
        .await?;
    Ok(rows.iter().map(entry_of_row).collect())
}

fn entry_of_row(row: &Row) -> AuditEntry {
    AuditEntry {
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
