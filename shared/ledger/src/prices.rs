//! Prices, read into a [`PriceBook`] that a function keeps until admission reports it as stale.

pub mod changes;
pub mod effects;
pub mod entries;
pub mod facts;
pub mod fees;
pub mod revisions;
pub mod rows;
mod scan;

use domain::money::Rate;
use domain::pricing::{Alias, ModelFacts, Price, PriceBook};
use domain::provider::Provider;
use tokio_postgres::Row;

use super::{Database, DbError};
use crate::statement::{Statement, statement};

const BOOK: Statement = statement!(
    "prices/book",
    "select
        b.version, p.id, p.provider, p.model, p.service_tier, p.above_input_tokens, p.effective_from, p.input,
        p.cached_input, p.cache_write, p.cache_write_long, p.output, p.audio_input, p.cached_audio_input, p.audio_output,
        p.image_output
    from price_book b
    left join model_prices p on true",
    []
);
const ALIASES: Statement =
    statement!("prices/aliases", "select provider, alias, model from model_aliases", []);
/// What a book is read from. The version comes first: a change between the statements leaves an old one, so the next
/// admission reloads.
pub(crate) const OF_BOOK: [&Statement; 4] = [&BOOK, &ALIASES, &fees::LIST, &facts::LIMITS];

pub(crate) const STATEMENTS: &[&[&Statement]] = &[
    &[&BOOK, &ALIASES],
    facts::STATEMENTS,
    fees::STATEMENTS,
    changes::STATEMENTS,
    effects::STATEMENTS,
    entries::STATEMENTS,
    revisions::STATEMENTS,
    revisions::correct::STATEMENTS,
    rows::STATEMENTS,
    scan::STATEMENTS,
];

/// Reads all prices.
pub async fn load(database: &Database) -> Result<PriceBook, DbError> {
    let [prices, aliases, fees, limits] = database.query_all(OF_BOOK, &[]).await?;
    book_of_rows(&prices, &aliases, &fees, &limits)
}

/// The rows of [`OF_BOOK`], in its order.
pub(crate) fn book_of_rows(
    prices: &[Row],
    aliases: &[Row],
    fees: &[Row],
    limits: &[Row],
) -> Result<PriceBook, DbError> {
    let version = prices.first().ok_or(DbError::Unexpected("no price book"))?.get("version");
    let prices = prices.iter().filter_map(|row| price(row, "id", "model", "service_tier")).collect();
    let aliases = aliases.iter().filter_map(|row| {
        Some(Alias { provider: provider(row)?, alias: row.get("alias"), model: row.get("model") })
    });
    let fees = fees.iter().map(|row| fees::fee_of_row(row).fee).collect();
    let facts = ModelFacts::new(facts::limits_of_rows(limits), fees);
    Ok(PriceBook::new(version, prices, aliases.collect()).with_facts(facts))
}

/// The price in a row, whose id, model and tier are in these columns; `None` if there is none.
fn price(row: &Row, id: &str, model: &str, tier: &str) -> Option<Price> {
    // A check of the table keeps rates from being negative.
    let rate = |column: &str| {
        row.get::<_, Option<i64>>(column).and_then(|pico| Rate::from_pico_per_token(pico).ok())
    };
    Some(Price {
        input: rate("input")?,
        output: rate("output")?,
        id: row.get::<_, Option<i64>>(id)?,
        provider: provider(row)?,
        model: row.get(model),
        service_tier: row.get(tier),
        above_input_tokens: row.get("above_input_tokens"),
        effective_from: row.get("effective_from"),
        cached_input: rate("cached_input"),
        cache_write: rate("cache_write"),
        cache_write_long: rate("cache_write_long"),
        audio_input: rate("audio_input"),
        cached_audio_input: rate("cached_audio_input"),
        audio_output: rate("audio_output"),
        image_output: rate("image_output"),
    })
}

/// Who is paid. A check of `model_prices` keeps names that cannot be read from being stored.
fn provider(row: &Row) -> Option<Provider> {
    Provider::parse(row.get("provider"))
}
