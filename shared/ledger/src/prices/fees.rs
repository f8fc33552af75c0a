//! Fees of built-in tools: dated rows that administrators add, and remove before they take effect.

use chrono::{DateTime, Utc};
use domain::change::{Actor, ChangeRefusal};
use domain::money::PicoUsd;
use domain::prices::{FeeRefusal, FeeRow};
use domain::pricing::ToolFee;
use domain::provider::Provider;
use tokio_postgres::Row;

use super::provider;
use crate::change::{ChangeError, record_created, record_deleted};
use crate::executor::Executor;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

pub(super) const LIST: Statement = statement!(
    "fees/list",
    "select id, provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens
    from tool_fees
    order by provider, tool, model, effective_from desc",
    []
);
const NOW: Statement = statement!("fees/now", "select clock_timestamp() as now", []);
const ADD: Statement = statement!(
    "fees/add",
    "insert into tool_fees (provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict on constraint tool_fees_pkey do nothing
    returning id, provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens",
    [TEXT, TEXT, TEXT, TIMESTAMPTZ, INT8, INT8, INT8]
);
const FIND: Statement = statement!("fees/find", "select id from tool_fees where id = $1", [INT8]);
const REMOVE: Statement = statement!(
    "fees/remove",
    "delete from tool_fees
    where id = $1 and effective_from > clock_timestamp()
    returning id, provider, tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens",
    [INT8]
);

pub(crate) const STATEMENTS: &[&Statement] = &[&LIST, &NOW, &ADD, &FIND, &REMOVE];

/// A fee to add; without a date it takes effect now.
#[derive(Debug, Clone)]
pub struct NewFee {
    pub provider: Provider,
    pub tool: String,
    /// Empty: every model without a row of its own.
    pub model: String,
    pub effective_from: Option<DateTime<Utc>>,
    pub price: Option<PicoUsd>,
    pub bound: PicoUsd,
    pub result_tokens: Option<i64>,
}

/// By tool and model, the newest first.
pub async fn list(database: &Database) -> Result<Vec<FeeRow>, DbError> {
    Ok(database.query(&LIST, &[]).await?.iter().map(fee_of_row).collect())
}

/// Adds a row from now on or later: calls in the ledger keep the fees they were billed with.
pub async fn add(database: &Database, new: &NewFee, by: &Actor) -> Result<FeeRow, ChangeError<FeeRefusal>> {
    by.may_change(None)?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let now: DateTime<Utc> = transaction.query_one(&NOW, &[]).await?.get("now");
    let effective_from = new.effective_from.unwrap_or(now);
    if effective_from < now {
        return Err(FeeRefusal::InPast.into());
    }
    let pico = |amount: PicoUsd| amount.as_pico();
    let values = (new.price.map(pico), pico(new.bound));
    let row = transaction
        .query_opt(
            &ADD,
            &[
                &new.provider.as_str(),
                &new.tool,
                &new.model,
                &effective_from,
                &values.0,
                &values.1,
                &new.result_tokens,
            ],
        )
        .await?;
    let fee = fee_of_row(&row.ok_or(FeeRefusal::Exists)?);
    record_created(&transaction, by, &fee).await?;
    transaction.commit().await?;
    Ok(fee)
}

/// Removes a row that has not taken effect.
pub async fn remove(database: &Database, id: i64, by: &Actor) -> Result<(), ChangeError<FeeRefusal>> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    if transaction.query_opt(&FIND, &[&id]).await?.is_none() {
        return Err(ChangeRefusal::NotFound.into());
    }
    by.may_change(None)?;
    let removed = transaction.query_opt(&REMOVE, &[&id]).await?;
    let fee = fee_of_row(&removed.ok_or(FeeRefusal::InEffect)?);
    record_deleted(&transaction, by, &fee).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) fn fee_of_row(row: &Row) -> FeeRow {
    let fee = ToolFee {
        provider: provider(row).unwrap_or_default(),
        tool: row.get("tool"),
        model: row.get("model"),
        effective_from: row.get("effective_from"),
        price: row.get::<_, Option<i64>>("pico_usd").map(PicoUsd::from_pico),
        bound: PicoUsd::from_pico(row.get("bound_pico_usd")),
        result_tokens: row.get("result_tokens"),
    };
    FeeRow { id: row.get("id"), fee }
}
