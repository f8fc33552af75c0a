//! Prices added and withdrawn by administrators. Rows are never edited: each call keeps the price it was priced with.

use domain::change::{Actor, ChangeRefusal};
use domain::money::Rate;
use domain::prices::{PriceFacts, PriceRefusal, PriceRow};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::rows::{FIND, price_of_row};
use crate::change::{ChangeError, record_created, record_deleted};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const ADD: Statement = statement!(
    template "prices/add.sql",
    [TEXT, TEXT, TEXT, INT8, TIMESTAMPTZ, DATE, INT8, INT8, INT8, INT8, INT8, INT8, INT8, INT8, INT8]
);
const IS_USED: Statement = statement!("prices/is_used.sql", [INT8]);
const IS_REVISED: Statement = statement!(
    "prices/is_revised",
    "select exists (select from price_revisions where price_id = $1 or replaced_price_id = $1) as is_revised",
    [INT8]
);
pub(super) const WITHDRAW: Statement = statement!(template "prices/withdraw.sql", [INT8]);

pub(crate) const STATEMENTS: &[&Statement] = &[&ADD, &IS_USED, &IS_REVISED, &WITHDRAW];

/// How long to search the ledger for uses of a price: the gateway times out after 29 seconds.
const SEARCH: &str = "set local statement_timeout = '20s'";

/// Adds a row. One for the same model, tier, threshold and instant is refused.
pub async fn add(
    database: &Database,
    facts: &PriceFacts,
    by: &Actor,
) -> Result<PriceRow, ChangeError<PriceRefusal>> {
    by.may_change(None)?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let price = insert(&transaction, facts).await?;
    record_created(&transaction, by, &price).await?;
    transaction.commit().await?;
    Ok(price)
}

pub(super) async fn insert(
    transaction: &Transaction<'_>,
    facts: &PriceFacts,
) -> Result<PriceRow, ChangeError<PriceRefusal>> {
    let pico = |rate: Option<Rate>| rate.map(Rate::as_pico_per_token);
    let row = transaction
        .query_opt(
            &ADD,
            &[
                &facts.provider.as_str(),
                &facts.model,
                &facts.service_tier,
                &facts.above_input_tokens,
                &facts.effective_from,
                &facts.review_on,
                &facts.input.as_pico_per_token(),
                &pico(facts.cached_input),
                &pico(facts.cache_write),
                &pico(facts.cache_write_long),
                &facts.output.as_pico_per_token(),
                &pico(facts.audio_input),
                &pico(facts.cached_audio_input),
                &pico(facts.audio_output),
                &pico(facts.image_output),
            ],
        )
        .await?;
    Ok(price_of_row(&row.ok_or(PriceRefusal::Exists)?)?)
}

/// Withdraws a price that no call was priced with.
///
/// Deleting it moves the version of the price book, so no call is admitted with it from then on. One in flight may
/// still settle with it and finds it among the withdrawn ones, so no `price_id` is ever dangling.
pub async fn withdraw(database: &Database, id: i64, by: &Actor) -> Result<(), ChangeError<PriceRefusal>> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let found = transaction.query_opt(&FIND, &[&id]).await?;
    let price = price_of_row(&found.ok_or(ChangeRefusal::NotFound)?)?;
    by.may_change(None)?;
    let revised = transaction.query_one(&IS_REVISED, &[&id]).await?;
    if revised.get("is_revised") {
        return Err(PriceRefusal::InUse.into());
    }
    transaction.batch(SEARCH).await?;
    let used = transaction.query_opt(&IS_USED, &[&id]).await;
    if is_used(used)? {
        return Err(PriceRefusal::InUse.into());
    }
    if transaction.execute(&WITHDRAW, &[&id]).await? != 1 {
        return Err(ChangeRefusal::NotFound.into());
    }
    record_deleted(&transaction, by, &price).await?;
    transaction.commit().await?;
    Ok(())
}

/// A search that timed out, or that would need dropped rows, has not shown that the price is unused.
fn is_used(found: Result<Option<Row>, DbError>) -> Result<bool, ChangeError<PriceRefusal>> {
    match found {
        Err(DbError::Statement(error)) if error.code() == Some(&SqlState::QUERY_CANCELED) => {
            Err(PriceRefusal::MaybeInUse.into())
        }
        found => {
            let row = found?.ok_or(ChangeRefusal::NotFound)?;
            row.get::<_, Option<bool>>("is_used").ok_or(PriceRefusal::MaybeInUse.into())
        }
    }
}
