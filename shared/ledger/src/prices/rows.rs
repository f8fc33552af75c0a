//! Price rows as administrators see them.

use domain::money::Rate;
use domain::prices::{PriceFacts, PriceFilter, PriceRow};
use domain::provider::Provider;
use tokio_postgres::Row;

use crate::statement::{Statement, statement};
use crate::{Database, DbError};

pub(super) const FIND: Statement = statement!(
    "prices/find",
    "select
        id, model, service_tier, above_input_tokens, effective_from, created_at, input, cached_input, cache_write, output,
        audio_input, audio_output
    from model_prices
    where id = $1",
    [INT8]
);
const LIST: Statement = statement!("prices/list.sql", [TEXT, TEXT, TIMESTAMPTZ, INT8, INT8]);

/// A row that calls were priced with: also one that was taken back since.
const FIND_USED: Statement = statement!(
    "prices/find_used",
    "select
        id, model, service_tier, above_input_tokens, effective_from, created_at, input, cached_input, cache_write, output,
        audio_input, audio_output
    from model_prices
    where id = $1
    union all
    select
        id, model, service_tier, above_input_tokens, effective_from, created_at, input, cached_input, cache_write, output,
        audio_input, audio_output
    from withdrawn_prices
    where id = $1
    limit 1",
    [INT8]
);

pub(crate) const STATEMENTS: &[&Statement] = &[&FIND, &FIND_USED, &LIST];

pub async fn find_used(database: &Database, id: i64) -> Result<Option<PriceRow>, DbError> {
    database.query_opt(&FIND_USED, &[&id]).await?.as_ref().map(price_of_row).transpose()
}

/// Latest first, at most `limit` rows added before `before`.
pub async fn list(
    database: &Database,
    filter: &PriceFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<PriceRow>, DbError> {
    let rows =
        database.query(&LIST, &[&filter.model, &filter.service_tier, &filter.at, &before, &limit]).await?;
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
            provider: Provider::OPENAI,
            model: row.get("model"),
            service_tier: row.get("service_tier"),
            above_input_tokens: row.get("above_input_tokens"),
            effective_from: row.get("effective_from"),
            input: required("input")?,
            cached_input: rate("cached_input")?,
            cache_write: rate("cache_write")?,
            cache_write_long: None,
            output: required("output")?,
            audio_input: rate("audio_input")?,
            cached_audio_input: None,
            audio_output: rate("audio_output")?,
            image_output: None,
        },
    })
}
