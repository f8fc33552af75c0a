//! The cost of calls: as billed at settlement, or current, with all price corrections.

use std::collections::HashMap;

use domain::money::{PicoUsd, PicoUsdSum};
use uuid::Uuid;

use super::{Call, Grouping, MeasureParams, Totals, group};
use crate::DbError;
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, Values, statement};

const REPRICED: Statement = statement!(
    template "usage/repriced.sql",
    [
        TEXT_ARRAY,
        TEXT_ARRAY,
        TIMESTAMPTZ_ARRAY,
        TIMESTAMPTZ_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY,
        UUID_ARRAY,
        JSONB,
        BOOL,
        TEXT_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY
    ]
);
const REPRICED_CALLS: Statement = statement!("usage/repriced_calls.sql", [UUID_ARRAY]);

pub(crate) const STATEMENTS: &[&Statement] = &[&REPRICED, &REPRICED_CALLS];

/// Adds corrections to sums as billed, each with the number of its bucket from 0.
pub(super) async fn reprice(
    transaction: &Transaction<'_>,
    params: &MeasureParams,
    grouping: &Grouping,
    sums: &mut Vec<(usize, Totals)>,
) -> Result<(), DbError> {
    let [dimensions, tags, starts, ends, user_labels, models, key_ids, wanted_tags, ..] = params.values();
    let has_sums = params.cube.is_some();
    let values: Values<'_> = &[
        dimensions,
        tags,
        starts,
        ends,
        user_labels,
        models,
        key_ids,
        wanted_tags,
        &has_sums,
        &params.statuses,
        &params.endpoints,
        &params.providers,
    ];
    let rows = transaction.query(&REPRICED, values).await?;
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
            .map_err(|_| DbError::Unexpected("a malformed sum"))?;
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

/// Applies corrections to single calls.
pub(super) async fn reprice_calls(client: &impl Executor, calls: &mut [Call]) -> Result<(), DbError> {
    let ids: Vec<Uuid> = calls.iter().map(|call| call.id.as_uuid()).collect();
    let rows = client.query(&REPRICED_CALLS, &[&ids]).await?;
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
