//! Single calls in the order of their cost or latency.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::ids::CallId;
use domain::queries::{CostBasis, UsageFilter};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::calls::{FilterValues, filtered};
use super::{Call, cost as costs};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const RANKED: Statement = filtered!("usage/ranked.sql", BOOL, BOOL, BOOL, INT8, TIMESTAMPTZ, UUID, INT8);
const CALLS_OF_IDS: Statement =
    statement!(template "usage/calls_of_ids.sql", [UUID_ARRAY, TIMESTAMPTZ, TIMESTAMPTZ]);

pub(crate) const STATEMENTS: &[&Statement] = &[&RANKED, &CALLS_OF_IDS];

/// What calls are ranked by, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallRanking {
    Cost(CostBasis),
    Latency(CostBasis),
}

impl CallRanking {
    /// The cost that the calls show.
    fn basis(self) -> CostBasis {
        let (Self::Cost(basis) | Self::Latency(basis)) = self;
        basis
    }
}

/// The last call of a page; the next page has calls that rank lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankCursor {
    /// Pico-USD or microseconds; -1 for calls without.
    pub rank: i64,
    pub created_at: DateTime<Utc>,
    pub id: CallId,
}

#[derive(Debug, Clone)]
pub struct RankedCall {
    pub rank: i64,
    pub call: Call,
}

/// Calls that pass the filter after the cursor, those that rank highest first, at most `limit`. The filter's range
/// should be bounded: what was corrected since its start is read whole.
pub async fn rank_calls(
    database: &Database,
    filter: &UsageFilter,
    ranking: CallRanking,
    cursor: Option<RankCursor>,
    limit: i64,
) -> Result<Vec<RankedCall>, DbError> {
    let mut client = database.connection().await?;
    let transaction = client.begin_snapshot().await?;
    let query = RankQuery { filter: FilterValues::new(filter), ranking };
    let (among_ranked, among_others) = match cursor {
        Some(cursor) if cursor.rank < 0 => (None, Some(cursor)),
        cursor => (Some(cursor), None),
    };
    let mut places = Vec::new();
    if let Some(cursor) = among_ranked {
        places = query.read(&transaction, false, cursor, limit).await?;
    }
    // Only the last pages have calls without a rank.
    let missing = limit - i64::try_from(places.len()).unwrap_or(limit);
    if missing > 0 {
        places.extend(query.read(&transaction, true, among_others, missing).await?);
    }
    let ids: Vec<Uuid> = places.iter().map(|place| place.get("id")).collect();
    let settled = places.iter().map(|place| place.get::<_, DateTime<Utc>>("created_at"));
    let (first, last) = (settled.clone().min(), settled.max());
    let rows = transaction.query(&CALLS_OF_IDS, &[&ids, &first, &last]).await?;
    let mut calls: Vec<Call> = rows.iter().map(Call::from_row).collect();
    if ranking.basis() == CostBasis::Current {
        costs::reprice_calls(&transaction, &mut calls).await?;
    }
    transaction.commit().await?;
    let mut calls: HashMap<Uuid, Call> = calls.into_iter().map(|call| (call.id.as_uuid(), call)).collect();
    let ranked = places.iter().filter_map(|place| {
        let call = calls.remove(&place.get("id"))?;
        Some(RankedCall { rank: place.get("rank"), call })
    });
    Ok(ranked.collect())
}

struct RankQuery {
    filter: FilterValues,
    ranking: CallRanking,
}

impl RankQuery {
    async fn read(
        &self,
        transaction: &Transaction<'_>,
        is_unranked: bool,
        cursor: Option<RankCursor>,
        limit: i64,
    ) -> Result<Vec<Row>, DbError> {
        let is_by_cost = matches!(self.ranking, CallRanking::Cost(_));
        let is_current = self.ranking.basis() == CostBasis::Current;
        let rank = cursor.map(|cursor| cursor.rank);
        let created_at = cursor.map(|cursor| cursor.created_at);
        let id = cursor.map(|cursor| cursor.id.as_uuid());
        let mut values = self.filter.values().to_vec();
        let more: [&(dyn ToSql + Sync); 7] =
            [&is_by_cost, &is_current, &is_unranked, &rank, &created_at, &id, &limit];
        values.extend(more);
        transaction.query(&RANKED, &values).await
    }
}
