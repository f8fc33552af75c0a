//! Limits as administrators see them: each with what is used, reserved and left in its current window.

pub mod changes;
pub mod deliveries;
pub mod events;
mod pace;
pub mod upkeep;
pub mod windows;

use std::str::FromStr;

use domain::ids::{KeyId, LimitId};
use domain::limits::{
    Limit, LimitFacts, LimitFilter, LimitSubject, LimitUsage, Metric, Mode, Period, SubjectKind,
};
use domain::words::Word;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

pub use pace::paces;

use super::{Database, DbError};
use crate::statement::{Statement, statement};

const APPLYING: Statement = statement!("limits/applying.sql", [TEXT, UUID, JSONB]);
pub(super) const FIND: Statement = statement!("limits/find.sql", [UUID]);
const LIST: Statement = statement!("limits/list.sql", [TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, UUID, INT8]);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[
    &[&APPLYING, &FIND, &LIST],
    changes::STATEMENTS,
    deliveries::STATEMENTS,
    events::STATEMENTS,
    upkeep::STATEMENTS,
    windows::STATEMENTS,
];

/// Newest first, at most `limit` limits made before `before`.
pub async fn list(
    database: &Database,
    filter: &LimitFilter,
    before: Option<LimitId>,
    limit: i64,
) -> Result<Vec<Limit>, DbError> {
    let rows = database
        .query(
            &LIST,
            &[
                &filter.subject_kind.map(SubjectKind::as_str),
                &filter.subject_id,
                &filter.metric.map(Metric::as_str),
                &filter.period.map(Period::as_str),
                &filter.mode.map(Mode::as_str),
                &filter.user_label,
                &before.map(LimitId::as_uuid),
                &limit,
            ],
        )
        .await?;
    rows.iter().map(limit_of_row).collect()
}

pub async fn find(database: &Database, id: LimitId) -> Result<Option<Limit>, DbError> {
    let row = database.query_opt(&FIND, &[&id.as_uuid()]).await?;
    row.as_ref().map(limit_of_row).transpose()
}

/// The limits that apply to a call of `key` under `label` with the tags of a JSON object: global ones first, then those
/// of the label, of the key and of the tags. A limit for each is shown as that of its one label, key or value.
pub async fn applying(
    database: &Database,
    label: Option<&str>,
    key: KeyId,
    tags: Value,
) -> Result<Vec<Limit>, DbError> {
    let rows = database.query(&APPLYING, &[&label, &key.as_uuid(), &Json(tags)]).await?;
    rows.iter().map(limit_of_row).collect()
}

fn limit_of_row(row: &Row) -> Result<Limit, DbError> {
    // Checks of the table admit no others.
    let facts = || {
        Some(LimitFacts {
            subject: subject_of_row(row)?,
            metric: parsed(row, "metric")?,
            period: parsed(row, "period")?,
            amount: row.get("amount"),
            mode: parsed(row, "mode")?,
            time_zone: row.get("time_zone"),
            unbounded: parsed(row, "unbounded")?,
        })
    };
    Ok(Limit {
        id: LimitId::from_uuid(row.get("id")),
        version: row.get("version"),
        facts: facts().ok_or(DbError::Unexpected("an unknown kind of limit"))?,
        user_label: row.get("user_label"),
        usage: usage_of_row(row),
        windows: row.get("windows"),
        resets_at: row.get("resets_at"),
        created_by: row.get::<_, Option<_>>("created_by").map(KeyId::from_uuid),
        created_by_label: row.get("created_by_label"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    })
}

fn usage_of_row(row: &Row) -> LimitUsage {
    LimitUsage {
        used: row.get("used"),
        reserved: row.get("reserved"),
        remaining: row.get("remaining"),
        overrun: row.get("overrun"),
        refusals: row.get("refusals"),
    }
}

/// `None` if the column holds none of the names.
fn parsed<T: FromStr>(row: &Row, column: &str) -> Option<T> {
    row.get::<_, &str>(column).parse().ok()
}

fn subject_of_row(row: &Row) -> Option<LimitSubject> {
    LimitSubject::from_stored(parsed(row, "subject_kind")?, row.get("subject_id"))
}
