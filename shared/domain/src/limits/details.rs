//! A limit as administrators see it: what it caps, and its current window.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Metric, Mode, Period, SubjectKind, Unbounded};
use crate::change::Edit;
use crate::ids::{KeyId, LimitId};
use crate::money::PicoUsd;

/// Whose usage a limit counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitSubject {
    Global,
    /// A label, or `*` for each.
    Label(String),
    Key(KeyId),
    /// Each key.
    EachKey,
    /// `name=value`, or `name=*` for each value.
    Tag(String),
}

/// Stands for each label, key or value of a tag.
const EACH: &str = "*";

impl LimitSubject {
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Global => SubjectKind::Global,
            Self::Label(_) => SubjectKind::Label,
            Self::Key(_) | Self::EachKey => SubjectKind::Key,
            Self::Tag(_) => SubjectKind::Tag,
        }
    }

    /// Whether each label, key or value has windows of its own.
    pub fn is_each(&self) -> bool {
        match self {
            Self::Global | Self::Key(_) => false,
            Self::Label(label) => label == EACH,
            Self::EachKey => true,
            Self::Tag(tag) => tag.split_once('=').is_some_and(|(_, value)| value == EACH),
        }
    }

    /// As `stored_id` writes it; `None` if it is none.
    pub fn from_stored(kind: SubjectKind, id: String) -> Option<Self> {
        Some(match kind {
            SubjectKind::Global => Self::Global,
            SubjectKind::Label => Self::Label(id),
            SubjectKind::Key if id == EACH => Self::EachKey,
            SubjectKind::Key => Self::Key(KeyId::from_uuid(id.parse().ok()?)),
            SubjectKind::Tag => Self::Tag(id),
        })
    }

    /// As stored.
    pub fn stored_id(&self) -> String {
        match self {
            Self::Global => String::new(),
            Self::Label(text) | Self::Tag(text) => text.clone(),
            Self::Key(id) => id.as_uuid().to_string(),
            Self::EachKey => EACH.to_owned(),
        }
    }

    /// As in a request.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Global => None,
            Self::Label(text) | Self::Tag(text) => Some(text.clone()),
            Self::Key(id) => Some(id.to_string()),
            Self::EachKey => Some(EACH.to_owned()),
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
    pub unbounded: Unbounded,
}

/// What is used of a limit in a window. Amounts are counts, or pico-USD.
#[derive(Debug, Clone, Copy)]
pub struct LimitUsage {
    pub used: i64,
    pub reserved: i64,
    pub remaining: i64,
    /// The part of `used` beyond the bounds of its calls.
    pub overrun: i64,
    pub refusals: i64,
}

/// One subject's window of a limit.
#[derive(Debug, Clone)]
pub struct LimitWindow {
    pub row_id: i64,
    pub subject: LimitSubject,
    pub usage: LimitUsage,
    /// `None` if the window has no start, or no end.
    pub starts_at: Option<DateTime<Utc>>,
    pub resets_at: Option<DateTime<Utc>>,
}

/// A limit and its current window.
#[derive(Debug, Clone)]
pub struct Limit {
    pub id: LimitId,
    pub version: i64,
    pub facts: LimitFacts,
    /// The label whose administrators may change it; `None` is unrestricted administrators.
    pub user_label: Option<String>,
    /// Of a limit for each: the sums over its windows, and what remains of the fullest.
    pub usage: LimitUsage,
    /// How many subjects a limit for each has a current window of; `None` for other limits.
    pub windows: Option<i64>,
    pub resets_at: Option<DateTime<Utc>>,
    /// The key that created it; `None` if it is not known.
    pub created_by: Option<KeyId>,
    /// The label that this key was bound to.
    pub created_by_label: Option<String>,
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
            "unbounded": facts.unbounded,
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
    pub unbounded: Edit<Unbounded>,
}

/// Why a change of a limit was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitRefusal {
    #[error("an identical limit exists")]
    Exists,
    #[error("the limit's key does not exist")]
    UnknownKey,
    #[error("an administrator of all labels created the limit")]
    Protected,
    #[error("the time zone does not exist")]
    UnknownTimeZone,
}
