//! The audit log: written in the transaction of each change, read newest first.

use domain::audit::{AuditAction, AuditEntry, AuditFilter, AuditSubject};
use domain::change::Actor;
use domain::ids::KeyId;
use domain::words::Word;
use serde_json::Value;
use tokio_postgres::Row;

use super::{Database, DbError};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};

const RECORD: Statement = statement!(
    "audit/record",
    "insert into audit_log (
        actor_key_id, actor_name, action, subject_kind, subject_id, user_label, request_id, before, after
    )
    select id, name, $2, $3, $4, $5, $6, $7, $8
    from api_keys
    where id = $1",
    [UUID, TEXT, TEXT, TEXT, TEXT, TEXT, JSONB, JSONB]
);
const LIST: Statement =
    statement!("audit/list.sql", [TEXT, TEXT, TEXT, UUID, TIMESTAMPTZ, TIMESTAMPTZ, TEXT, INT8, INT8]);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[&RECORD, &LIST]];

/// A change to record. Neither `before` nor `after` may hold a secret or a hash.
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
        .execute(
            &RECORD,
            &[
                &by.key_id.as_uuid(),
                &change.action.as_str(),
                &change.subject.as_str(),
                &change.id,
                &change.user_label,
                &by.request_id.to_string(),
                &change.before,
                &change.after,
            ],
        )
        .await?;
    // Keys are never deleted, so the actor exists.
    if written == 1 { Ok(()) } else { Err(DbError::Unexpected("no key of the actor")) }
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
            &LIST,
            &[
                &filter.subject.map(AuditSubject::as_str),
                &filter.subject_id,
                &filter.action.map(AuditAction::as_str),
                &filter.actor.map(KeyId::as_uuid),
                &filter.from,
                &filter.to,
                &filter.user_label,
                &before,
                &limit,
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
