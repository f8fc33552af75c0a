//! What calls cost: as billed when they were settled, or as priced now, with all corrections of prices.

use std::collections::HashMap;

use domain::money::{PicoUsd, PicoUsdSum};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel, Transaction};
use uuid::Uuid;

use super::{Call, Grouping, MeasureParams, Totals, group};
use crate::DbError;

pub(crate) const REPRICED: &str = include_str!("repriced.sql");
pub(crate) const REPRICED_TYPES: &[Type] = &[
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::UUID_ARRAY,
    Type::JSONB,
    Type::BOOL,
];
pub(crate) const REPRICED_CALLS: &str = include_str!("repriced_calls.sql");
pub(crate) const REPRICED_CALLS_TYPES: &[Type] = &[Type::UUID_ARRAY];

/// Several statements that see the same: sums and their corrections belong together.
pub(super) async fn snapshot(client: &mut Client) -> Result<Transaction<'_>, DbError> {
    let begin = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    Ok(begin.start().await?)
}

/// Adds corrections to sums as billed, each with the number of its bucket from 0.
pub(super) async fn reprice(
    transaction: &Transaction<'_>,
    params: &MeasureParams,
    grouping: &Grouping,
    sums: &mut Vec<(usize, Totals)>,
) -> Result<(), DbError> {
    let mut values = params.params().to_vec();
    values.truncate(REPRICED_TYPES.len() - 1);
    let has_sums = params.cube.is_some();
    values.push((&has_sums, Type::BOOL));
    let rows = transaction.query_typed(REPRICED, &values).await?;
    let mut places = HashMap::new();
    if !rows.is_empty() {
        places.extend(
            sums.iter().enumerate().map(|(at, (bucket, totals))| ((*bucket, totals.group.clone()), at)),
        );
    }
    for row in &rows {
        let bucket = usize::try_from(row.get::<_, i64>("bucket") - 1).unwrap_or_default();
        let group = group(row, grouping);
        let change = PicoUsdSum::from_pico_text(row.get("change_pico_usd"))
            .map_err(|_| DbError::Unexpected("a sum that is not a number"))?;
        let at = *places.entry((bucket, group.clone())).or_insert_with(|| {
            sums.push((bucket, Totals { group, measures: super::Measures::default() }));
            sums.len() - 1
        });
        if let Some((_, totals)) = sums.get_mut(at) {
            totals.measures.reprice(change, row.get("unpriced_change"));
        }
    }
    Ok(())
}

/// The same for single calls.
pub(super) async fn reprice_calls(client: &Client, calls: &mut [Call]) -> Result<(), DbError> {
    let ids: Vec<Uuid> = calls.iter().map(|call| call.id.as_uuid()).collect();
    let rows = client.query_typed(REPRICED_CALLS, &[(&ids, Type::UUID_ARRAY)]).await?;
    let corrected: HashMap<Uuid, (Option<i64>, Option<i64>)> = rows
        .iter()
        .map(|row| (row.get("call_id"), (row.get("cost_pico_usd"), row.get("price_id"))))
        .collect();
    for call in calls {
        if let Some((cost, price_id)) = corrected.get(&call.id.as_uuid()) {
            call.cost = cost.map(PicoUsd::from_pico);
            call.price_id = *price_id;
        }
    }
    Ok(())
}
