//! The subject and the amounts of a limit, as requests and responses write them.

use domain::limits::{LimitSubject, Metric, SubjectKind};
use domain::money::PicoUsd;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose usage is counted: everyone's, or that of a label, a key or a tag. `*` gives each of them a window of its own.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = LimitSubject)]
pub struct LimitSubjectView {
    pub kind: SubjectKind,
    /// The label, `key_…` or `name=value`; `*` or `name=*` for each; absent where the kind is `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl From<&LimitSubject> for LimitSubjectView {
    fn from(subject: &LimitSubject) -> Self {
        Self { kind: subject.kind(), id: subject.id() }
    }
}

/// USD as an exact decimal string, anything else as a whole number.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Amount {
    Count(i64),
    #[schema(value_type = String)]
    Usd(PicoUsd),
}

impl Amount {
    /// Out of a count, or of pico-USD where the metric is money.
    pub const fn of(metric: Metric, value: i64) -> Self {
        match metric {
            Metric::Usd => Self::Usd(PicoUsd::from_pico(value)),
            Metric::Requests | Metric::Tokens | Metric::Concurrency => Self::Count(value),
        }
    }
}
