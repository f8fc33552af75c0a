//! Limits as administrators see them: each with what is used, reserved and left in its current window.

pub mod changes;
pub mod deliveries;
pub mod events;
pub mod upkeep;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::{Database, DbError};
use crate::ids::{KeyId, LimitId};
use crate::limits::{Metric, Mode, Period, SubjectKind};
use crate::money::PicoUsd;

pub(super) const APPLYING: &str = include_str!("limits/applying.sql");
pub(super) const FIND: &str = include_str!("limits/find.sql");
pub(super) const LIST: &str = include_str!("limits/list.sql");
pub(super) const APPLYING_TYPES: &[Type] = &[Type::TEXT, Type::UUID];
pub(super) const FIND_TYPES: &[Type] = &[Type::UUID];
pub(super) const LIST_TYPES: &[Type] =
    &[Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::UUID, Type::INT8];

/// Whose use a limit counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Global,
    Label(String),
    Key(KeyId),
}

impl Subject {
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Global => SubjectKind::Global,
            Self::Label(_) => SubjectKind::Label,
            Self::Key(_) => SubjectKind::Key,
        }
    }

    /// As the table has it.
    pub fn stored_id(&self) -> String {
        match self {
            Self::Global => String::new(),
            Self::Label(label) => label.clone(),
            Self::Key(id) => id.as_uuid().to_string(),
        }
    }

    /// As a request has it.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Global => None,
            Self::Label(label) => Some(label.clone()),
            Self::Key(id) => Some(id.to_string()),
        }
    }

    fn from_row(row: &Row) -> Option<Self> {
        let id: String = row.get("subject_id");
        match SubjectKind::parse(row.get("subject_kind"))? {
            SubjectKind::Global => Some(Self::Global),
            SubjectKind::Label => Some(Self::Label(id)),
            SubjectKind::Key => Uuid::try_parse(&id).ok().map(|id| Self::Key(KeyId::from_uuid(id))),
        }
    }
}

/// What administrators decide about a limit.
#[derive(Debug, Clone)]
pub struct LimitFacts {
    pub subject: Subject,
    pub metric: Metric,
    pub period: Period,
    /// A count, or pico-USD.
    pub amount: i64,
    pub mode: Mode,
    pub time_zone: String,
}

/// A limit and its current window. Amounts are counts, or pico-USD.
#[derive(Debug, Clone)]
pub struct Limit {
    pub id: LimitId,
    pub version: i64,
    pub facts: LimitFacts,
    /// Whose administrators may change it; `None` is those of all.
    pub user_label: Option<String>,
    pub used: i64,
    pub reserved: i64,
    pub remaining: i64,
    pub overrun: i64,
    pub refusals: i64,
    pub resets_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Limit {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        // Checks of the table admit no others.
        let facts = || {
            Some(LimitFacts {
                subject: Subject::from_row(row)?,
                metric: Metric::parse(row.get("metric"))?,
                period: Period::parse(row.get("period"))?,
                amount: row.get("amount"),
                mode: Mode::parse(row.get("mode"))?,
                time_zone: row.get("time_zone"),
            })
        };
        Ok(Self {
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

    fn audited(&self) -> Value {
        let facts = &self.facts;
        json!({
            "subject": {"kind": facts.subject.kind(), "id": facts.subject.id()},
            "metric": facts.metric,
            "window": facts.period,
            "amount": match facts.metric {
                Metric::Usd => json!(PicoUsd::from_pico(facts.amount)),
                _ => json!(facts.amount),
            },
            "mode": facts.mode,
            "time_zone": facts.time_zone,
        })
    }
}

/// Which limits: every part that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub subject_kind: Option<SubjectKind>,
    /// As the table has it.
    pub subject_id: Option<String>,
    pub metric: Option<Metric>,
    pub period: Option<Period>,
    pub mode: Option<Mode>,
    /// Only those of this label and of its keys.
    pub user_label: Option<String>,
}

/// Newest first, at most `limit` limits made before `before`.
pub async fn list(
    database: &Database,
    filter: &Filter,
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
    rows.iter().map(Limit::from_row).collect()
}

pub async fn find(database: &Database, id: LimitId) -> Result<Option<Limit>, DbError> {
    let row = database.query_opt(FIND, &[(&id.as_uuid(), Type::UUID)]).await?;
    row.as_ref().map(Limit::from_row).transpose()
}

/// What a call of `key` under `label` is held to: limits of everybody first, then those of the label and of the key.
pub async fn applying(database: &Database, label: Option<&str>, key: KeyId) -> Result<Vec<Limit>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&label, Type::TEXT), (&key.as_uuid(), Type::UUID)];
    let rows = database.query(APPLYING, &params).await?;
    rows.iter().map(Limit::from_row).collect()
}
