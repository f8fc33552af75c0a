//! Price rows as administrators see them.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::db::{Database, DbError};
use crate::money::Rate;

pub(in crate::db) const FIND: &str = include_str!("find.sql");
pub(in crate::db) const LIST: &str = include_str!("list.sql");
pub(in crate::db) const FIND_TYPES: &[Type] = &[Type::INT8];
pub(in crate::db) const LIST_TYPES: &[Type] =
    &[Type::TEXT, Type::TEXT, Type::TIMESTAMPTZ, Type::INT8, Type::INT8];

/// The tiers that a price can be for, as the provider names them in its answers.
pub const SERVICE_TIERS: &[&str] = &["default", "flex", "priority", "scale", "ultrafast"];

/// What one row says. A rate of `None` takes the input (or output) rate.
#[derive(Debug, Clone)]
pub struct PriceFacts {
    pub model: String,
    pub service_tier: String,
    /// The row is for calls with more input tokens than this.
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
    pub input: Rate,
    pub cached_input: Option<Rate>,
    pub cache_write: Option<Rate>,
    pub output: Rate,
    pub audio_input: Option<Rate>,
    pub audio_output: Option<Rate>,
}

#[derive(Debug, Clone)]
pub struct PriceRow {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    pub facts: PriceFacts,
}

impl PriceRow {
    pub(super) fn from_row(row: &Row) -> Result<Self, DbError> {
        let rate = |column: &str| {
            let pico: Option<i64> = row.get(column);
            pico.map(Rate::from_pico_per_token)
                .transpose()
                .map_err(|_| DbError::Unexpected("a negative rate"))
        };
        let required = |column: &str| rate(column)?.ok_or(DbError::Unexpected("a price without a rate"));
        Ok(Self {
            id: row.get("id"),
            created_at: row.get("created_at"),
            facts: PriceFacts {
                model: row.get("model"),
                service_tier: row.get("service_tier"),
                above_input_tokens: row.get("above_input_tokens"),
                effective_from: row.get("effective_from"),
                input: required("input")?,
                cached_input: rate("cached_input")?,
                cache_write: rate("cache_write")?,
                output: required("output")?,
                audio_input: rate("audio_input")?,
                audio_output: rate("audio_output")?,
            },
        })
    }

    pub(super) fn audited(&self) -> Value {
        let facts = &self.facts;
        json!({
            "model": facts.model,
            "service_tier": facts.service_tier,
            "above_input_tokens": facts.above_input_tokens,
            "effective_from": facts.effective_from,
            "input": facts.input,
            "cached_input": facts.cached_input,
            "cache_write": facts.cache_write,
            "output": facts.output,
            "audio_input": facts.audio_input,
            "audio_output": facts.audio_output,
        })
    }
}

/// Which rows: every part that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub model: Option<String>,
    pub service_tier: Option<String>,
    /// Only rows in effect at this instant.
    pub at: Option<DateTime<Utc>>,
}

/// Latest first, at most `limit` rows added before `before`.
pub async fn list(
    database: &Database,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<PriceRow>, DbError> {
    let rows = database
        .query(
            LIST,
            &[
                (&filter.model, Type::TEXT),
                (&filter.service_tier, Type::TEXT),
                (&filter.at, Type::TIMESTAMPTZ),
                (&before, Type::INT8),
                (&limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(PriceRow::from_row).collect()
}
