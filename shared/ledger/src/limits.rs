//! Limits as administrators see them: each with what is used, reserved and left in its current window.

pub mod changes;
pub mod deliveries;
pub mod events;
pub mod upkeep;

use domain::ids::{KeyId, LimitId};
use domain::limits::{Limit, LimitFacts, LimitFilter, LimitSubject, Metric, Mode, Period, SubjectKind};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::{Database, DbError};

pub(super) const APPLYING: &str = include_str!("limits/applying.sql");
pub(super) const FIND: &str = include_str!("limits/find.sql");
pub(super) const LIST: &str = include_str!("limits/list.sql");
pub(super) const APPLYING_TYPES: &[Type] = &[Type::TEXT, Type::UUID];
pub(super) const FIND_TYPES: &[Type] = &[Type::UUID];
pub(super) const LIST_TYPES: &[Type] =
    &[Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::UUID, Type::INT8];

/// Newest first, at most `limit` limits made before `before`.
pub async fn list(
    database: &Database,
    filter: &LimitFilter,
    before: Option<LimitId>,
    limit: i64,
) -> Result<Vec<Limit>, DbError> {
    let rows = database
        .query(
            LIST,
            &[
                (&filter.subject_kind.map(SubjectKind::as_str), Type::TEXT),
                (&filter.subject_id, Type::TEXT),
                (&filter.metric.map(Metric::as_str), Type::TEXT),
                (&filter.period.map(Period::as_str), Type::TEXT),
                (&filter.mode.map(Mode::as_str), Type::TEXT),
                (&filter.user_label, Type::TEXT),
                (&before.map(LimitId::as_uuid), Type::UUID),
                (&limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(limit_of_row).collect()
}

pub async fn find(database: &Database, id: LimitId) -> Result<Option<Limit>, DbError> {
    let row = database.query_opt(FIND, &[(&id.as_uuid(), Type::UUID)]).await?;
    row.as_ref().map(limit_of_row).transpose()
}

/// What a call of `key` under `label` is held to: limits of everybody first, then those of the label and of the key.
pub async fn applying(database: &Database, label: Option<&str>, key: KeyId) -> Result<Vec<Limit>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&label, Type::TEXT), (&key.as_uuid(), Type::UUID)];
    let rows = database.query(APPLYING, &params).await?;
    rows.iter().map(limit_of_row).collect()
}

fn limit_of_row(row: &Row) -> Result<Limit, DbError> {
    // Checks of the table admit no others.
    let facts = || {
        Some(LimitFacts {
            subject: subject_of_row(row)?,
            metric: Metric::parse(row.get("metric"))?,
            period: Period::parse(row.get("period"))?,
            amount: row.get("amount"),
            mode: Mode::parse(row.get("mode"))?,
            time_zone: row.get("time_zone"),
        })
    };
    Ok(Limit {
        id: LimitId::from_uuid(row.get("id")),
        version: row.get("version"),
        facts: facts().ok_or(DbError::Unexpected("a limit of an unknown kind"))?,
        user_label: row.get("user_label"),
        used: row.get("used"),
        reserved: row.get("reserved"),
        remaining: row.get("remaining"),
        overrun: row.get("overrun"),
        refusals: row.get("refusals"),
        resets_at: row.get("resets_at"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    })
}

fn subject_of_row(row: &Row) -> Option<LimitSubject> {
    let id: String = row.get("subject_id");
    match SubjectKind::parse(row.get("subject_kind"))? {
        SubjectKind::Global => Some(LimitSubject::Global),
        SubjectKind::Label => Some(LimitSubject::Label(id)),
        SubjectKind::Key => Uuid::try_parse(&id).ok().map(|id| LimitSubject::Key(KeyId::from_uuid(id))),
    }
}
