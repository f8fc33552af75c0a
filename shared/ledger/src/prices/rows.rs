//! Price rows as administrators see them.

use domain::money::Rate;
use domain::prices::{PriceFacts, PriceFilter, PriceRow};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::{Database, DbError};

pub(crate) const FIND: &str = include_str!("find.sql");
pub(crate) const LIST: &str = include_str!("list.sql");
pub(crate) const FIND_TYPES: &[Type] = &[Type::INT8];
pub(crate) const LIST_TYPES: &[Type] = &[Type::TEXT, Type::TEXT, Type::TIMESTAMPTZ, Type::INT8, Type::INT8];

/// Latest first, at most `limit` rows added before `before`.
pub async fn list(
    database: &Database,
    filter: &PriceFilter,
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
    rows.iter().map(price_of_row).collect()
}

pub(super) fn price_of_row(row: &Row) -> Result<PriceRow, DbError> {
    let rate = |column: &str| {
        let pico: Option<i64> = row.get(column);
        pico.map(Rate::from_pico_per_token).transpose().map_err(|_| DbError::Unexpected("a negative rate"))
    };
    let required = |column: &str| rate(column)?.ok_or(DbError::Unexpected("a price without a rate"));
    Ok(PriceRow {
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
