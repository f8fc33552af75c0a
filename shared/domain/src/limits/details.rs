//! A limit as administrators see it: what it caps, and its current window.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Metric, Mode, Period, SubjectKind};
use crate::change::Edit;
use crate::ids::{KeyId, LimitId};
use crate::money::PicoUsd;

/// Whose usage a limit counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitSubject {
    Global,
    Label(String),
    Key(KeyId),
}

impl LimitSubject {
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Global => SubjectKind::Global,
            Self::Label(_) => SubjectKind::Label,
            Self::Key(_) => SubjectKind::Key,
        }
    }

    /// As stored.
    pub fn stored_id(&self) -> String {
        match self {
            Self::Global => String::new(),
            Self::Label(label) => label.clone(),
            Self::Key(id) => id.as_uuid().to_string(),
        }
    }

    /// As in a request.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Global => None,
            Self::Label(label) => Some(label.clone()),
            Self::Key(id) => Some(id.to_string()),
        }
    }
}

/// What administrators decide about a limit.
#[derive(Debug, Clone)]
pub struct LimitFacts {
    pub subject: LimitSubject,
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
    /// The label whose administrators may change it; `None` is unrestricted administrators.
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
    pub fn audited(&self) -> Value {
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

/// Which limits to list: all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct LimitFilter {
    pub subject_kind: Option<SubjectKind>,
    /// As stored.
    pub subject_id: Option<String>,
    pub metric: Option<Metric>,
    pub period: Option<Period>,
    pub mode: Option<Mode>,
    /// Only those of this label and of its keys.
    pub user_label: Option<String>,
}

/// What to change about a limit.
#[derive(Debug, Clone, Default)]
pub struct LimitChange {
    pub amount: Edit<i64>,
    pub mode: Edit<Mode>,
}

/// Why a change of a limit was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitRefusal {
    #[error("an identical limit exists")]
    Exists,
    #[error("the limit's key does not exist")]
    UnknownKey,
    #[error("the time zone does not exist")]
    UnknownTimeZone,
}
