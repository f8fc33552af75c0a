//! Costs that upstreams state with their answers, beside those of the price rows.

use chrono::{DateTime, Utc};
use domain::calls::StatedCost;
use domain::money::PicoUsdSum;
use serde_json::Value;
use tokio_postgres::Row;

use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const SUMS: Statement = statement!("reconcile/stated_costs.sql", [TIMESTAMPTZ, TIMESTAMPTZ, INT8, INT8]);
/// About how many ledger rows that reads, from the planner's statistics.
const ESTIMATE: Statement = statement!(
    "reconcile/stated_costs_estimate",
    "explain (format json)
    select
    from usage_logs
    where created_at >= $1
        and created_at < $2
        and (upstream_cost_pico_usd is not null or cost_source is not null)",
    [TIMESTAMPTZ, TIMESTAMPTZ]
);

pub(crate) const STATEMENTS: &[&Statement] = &[&SUMS, &ESTIMATE];

/// The calls of one requested model at one upstream.
#[derive(Debug, Clone)]
pub struct StatedCosts {
    pub provider: String,
    /// A registered one.
    pub upstream: Option<String>,
    pub model: String,
    /// Calls whose upstream stated a cost.
    pub stated_calls: i64,
    /// Those of them whose cost it is.
    pub billed_calls: i64,
    /// Calls whose upstream stated none, although its figure was to be the cost.
    pub fallback_calls: i64,
    /// Calls at a stated cost that the price rows have none for.
    pub unpriced_calls: i64,
    /// Settled calls with both figures.
    pub compared_calls: i64,
    /// Those of them whose figures differ by more than [`StatedCost::TOLERANCE_PERCENT`].
    pub differing_calls: i64,
    /// Of the calls that are compared.
    pub stated: PicoUsdSum,
    pub table: PicoUsdSum,
}

/// At most `limit` groups of a range.
pub async fn stated_costs(
    database: &Database,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<StatedCosts>, DbError> {
    let rows = database.query(&SUMS, &[&from, &to, &StatedCost::TOLERANCE_PERCENT, &limit]).await?;
    rows.iter().map(read).collect()
}

/// About how many calls [`stated_costs`] reads.
pub async fn estimate_stated(
    database: &Database,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<u64, DbError> {
    let plan: Value = database.query_one(&ESTIMATE, &[&from, &to]).await?.get(0);
    let rows = plan.pointer("/0/Plan/Plan Rows").and_then(Value::as_u64);
    rows.ok_or(DbError::Unexpected("a plan without rows"))
}

fn read(row: &Row) -> Result<StatedCosts, DbError> {
    let sum = |column: &str| {
        PicoUsdSum::from_pico_text(row.get(column)).map_err(|_| DbError::Unexpected("a cost out of range"))
    };
    Ok(StatedCosts {
        provider: row.get("provider"),
        upstream: row.get("upstream"),
        model: row.get("model"),
        stated_calls: row.get("stated_calls"),
        billed_calls: row.get("billed_calls"),
        fallback_calls: row.get("fallback_calls"),
        unpriced_calls: row.get("unpriced_calls"),
        compared_calls: row.get("compared_calls"),
        differing_calls: row.get("differing_calls"),
        stated: sum("stated_pico_usd")?,
        table: sum("table_pico_usd")?,
    })
}
