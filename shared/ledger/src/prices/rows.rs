//! Price rows as administrators see them.

use domain::money::Rate;
use domain::prices::{PriceFacts, PriceFilter, PriceRow};
use domain::provider::Provider;
use tokio_postgres::Row;

use super::provider;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

pub(super) const FIND: Statement = statement!(
    template "prices/find",
    "select
        {price_columns}
    from model_prices
    where id = $1",
    [INT8]
);
const LIST: Statement = statement!(template "prices/list.sql", [TEXT, TEXT, TIMESTAMPTZ, INT8, INT8, TEXT]);

/// A row that calls were priced with: also one that was taken back since.
const FIND_USED: Statement = statement!(
    template "prices/find_used",
    "select
        {price_columns}
    from model_prices
    where id = $1
    union all
    select
        {price_columns}
    from withdrawn_prices
    where id = $1
    limit 1",
    [INT8]
);

/// The columns that a [`PriceRow`] is read from.
const PRICE_COLUMNS: &str = "id, provider, model, service_tier, above_input_tokens, effective_from, created_at, review_on, input,
    cached_input, cache_write, cache_write_long, output, audio_input, cached_audio_input, audio_output, image_output";

/// Names for statements.
pub(crate) fn names() -> [(&'static str, String); 1] {
    [("price_columns", PRICE_COLUMNS.to_owned())]
}

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
    let provider = filter.provider.as_ref().map(Provider::as_str);
    let rows = database
        .query(&LIST, &[&filter.model, &filter.service_tier, &filter.at, &before, &limit, &provider])
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
            provider: provider(row).ok_or(DbError::Unexpected("a provider"))?,
            model: row.get("model"),
            service_tier: row.get("service_tier"),
            above_input_tokens: row.get("above_input_tokens"),
            effective_from: row.get("effective_from"),
            review_on: row.get("review_on"),
            input: required("input")?,
            cached_input: rate("cached_input")?,
            cache_write: rate("cache_write")?,
            cache_write_long: rate("cache_write_long")?,
            output: required("output")?,
            audio_input: rate("audio_input")?,
            cached_audio_input: rate("cached_audio_input")?,
            audio_output: rate("audio_output")?,
            image_output: rate("image_output")?,
        },
    })
}
