//! Reading the ledger: totals per group.

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::{Database, DbError};
use crate::ids::KeyId;
use crate::money::PicoUsdSum;

pub(super) const SUMMARY: &str = include_str!("usage/summary.sql");
pub(super) const SUMMARY_TYPES: &[Type] = &[
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::UUID_ARRAY,
    Type::JSONB,
];

/// What rows can be grouped by, apart from tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    Model,
    UserLabel,
    Key,
    Endpoint,
    Status,
}

impl Dimension {
    /// The name in a request, and the column's in `summary.sql`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::UserLabel => "user_label",
            Self::Key => "key",
            Self::Endpoint => "endpoint",
            Self::Status => "status",
        }
    }
}

/// Which rows: every part that is given must hold; several values of one part are alternatives.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Half-open: `from` is inside, `to` is not.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub user_labels: Option<Vec<String>>,
    pub models: Option<Vec<String>>,
    pub key_ids: Option<Vec<KeyId>>,
    /// Tag name → the values allowed.
    pub tags: Vec<(String, Vec<String>)>,
}

/// Totals of one group. A dimension that was not asked for is `None`, and so is a key of calls without one.
#[derive(Debug, Clone)]
pub struct Totals {
    pub model: Option<String>,
    pub user_label: Option<String>,
    pub key_id: Option<KeyId>,
    pub endpoint: Option<String>,
    pub status: Option<String>,
    /// An object: tag name → value or null.
    pub tags: Option<Value>,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cached_tokens: i64,
    pub reasoning_tokens: i64,
    pub calls: i64,
    pub failed_calls: i64,
    pub estimated_calls: i64,
    pub unpriced_calls: i64,
    /// Of the priced calls; `None` where there are none.
    pub cost: Option<PicoUsdSum>,
    pub latency_p50_us: Option<i32>,
    pub latency_p95_us: Option<i32>,
    pub last_call_at: DateTime<Utc>,
}

/// Totals of the calls that pass `filter`, one row per group, ordered by the groups.
pub async fn summarize(
    database: &Database,
    filter: &Filter,
    dimensions: &[Dimension],
    tags: &[String],
) -> Result<Vec<Totals>, DbError> {
    let dimensions: Vec<&str> = dimensions.iter().map(|dimension| dimension.as_str()).collect();
    let key_ids = filter.key_ids.as_ref().map(|ids| ids.iter().map(|id| id.as_uuid()).collect::<Vec<_>>());
    let wanted_tags = (!filter.tags.is_empty()).then(|| {
        filter
            .tags
            .iter()
            .map(|(name, allowed)| (name.clone(), Value::from(allowed.clone())))
            .collect::<Value>()
    });
    let rows = database
        .query(
            SUMMARY,
            &[
                (&dimensions, Type::TEXT_ARRAY),
                (&tags, Type::TEXT_ARRAY),
                (&filter.from, Type::TIMESTAMPTZ),
                (&filter.to, Type::TIMESTAMPTZ),
                (&filter.user_labels, Type::TEXT_ARRAY),
                (&filter.models, Type::TEXT_ARRAY),
                (&key_ids, Type::UUID_ARRAY),
                (&wanted_tags, Type::JSONB),
            ],
        )
        .await?;
    rows.iter().map(totals).collect()
}

fn totals(row: &Row) -> Result<Totals, DbError> {
    let cost = row
        .get::<_, Option<&str>>("cost_pico_usd")
        .map(PicoUsdSum::from_pico_text)
        .transpose()
        .map_err(|_| DbError::Unexpected("a sum that is not a number"))?;
    let latency: Option<Vec<i32>> = row.get("latency_us");
    let percentile = |index: usize| latency.as_ref().and_then(|all| all.get(index).copied());
    Ok(Totals {
        model: row.get("model"),
        user_label: row.get("user_label"),
        key_id: row.get::<_, Option<_>>("key_id").map(KeyId::from_uuid),
        endpoint: row.get("endpoint"),
        status: row.get("status"),
        tags: row.get("tags"),
        input_tokens: row.get("input_tokens"),
        output_tokens: row.get("output_tokens"),
        cached_tokens: row.get("cached_tokens"),
        reasoning_tokens: row.get("reasoning_tokens"),
        calls: row.get("calls"),
        failed_calls: row.get("failed_calls"),
        estimated_calls: row.get("estimated_calls"),
        unpriced_calls: row.get("unpriced_calls"),
        cost,
        latency_p50_us: percentile(0),
        latency_p95_us: percentile(1),
        last_call_at: row.get("last_call_at"),
    })
}
