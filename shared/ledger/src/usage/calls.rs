//! Single calls, with corrections applied: a page, one call, or an export.

mod call;

use chrono::{DateTime, Utc};
use domain::ids::CallId;
use tokio_postgres::types::ToSql;

pub use call::Call;

use super::{CostBasis, UsageFilter, cost as costs};
use crate::executor::Executor;
use crate::pool::Pooled;
use crate::statement::{Statement, Values, statement};
use crate::{Database, DbError};

/// A statement whose first parameters are a filter.
macro_rules! filtered {
    ($file:literal $(, $more:ident)*) => {
        statement!(
            template $file,
            [
                TIMESTAMPTZ, TIMESTAMPTZ, TEXT_ARRAY, TEXT_ARRAY, UUID_ARRAY, JSONB, TEXT_ARRAY, TEXT_ARRAY, INT2_ARRAY,
                TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY $(, $more)*
            ]
        )
    };
}
pub(super) use filtered;

const CALLS: Statement = filtered!("usage/calls.sql", TIMESTAMPTZ, UUID, INT8);
const CALL: Statement = statement!(template "usage/call.sql", [UUID, TEXT]);
const COUNT: Statement = filtered!("usage/count.sql");
const EXPORT: Statement = filtered!("usage/export.sql");
/// Rows of an export that are in memory at once.
const FETCH: Statement = statement!("usage/fetch", "fetch 1000 from calls", []);

pub(crate) const STATEMENTS: &[&Statement] = &[&CALLS, &CALL, &COUNT, &EXPORT, &FETCH];

/// The last call of a page; the next page has older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub created_at: DateTime<Utc>,
    pub id: CallId,
}

/// Calls that pass the filter after the cursor, newest first, at most `limit`.
pub async fn list_calls(
    database: &Database,
    filter: &UsageFilter,
    cursor: Option<Cursor>,
    limit: i64,
    cost: CostBasis,
) -> Result<Vec<Call>, DbError> {
    let cursor_at = cursor.map(|cursor| cursor.created_at);
    let cursor_id = cursor.map(|cursor| cursor.id.as_uuid());
    let filter = FilterValues::new(filter);
    let mut values = filter.values().to_vec();
    values.extend([&cursor_at as &(dyn ToSql + Sync), &cursor_id, &limit]);
    read(database, &CALLS, &values, cost).await
}

/// How many calls pass the filter.
pub async fn count_calls(database: &Database, filter: &UsageFilter) -> Result<i64, DbError> {
    let filter = FilterValues::new(filter);
    Ok(database.query_one(&COUNT, &filter.values()).await?.get("calls"))
}

/// The call, unless `only_label` is another one than its label.
pub async fn find_call(
    database: &Database,
    id: CallId,
    only_label: Option<&str>,
    cost: CostBasis,
) -> Result<Option<Call>, DbError> {
    let id = id.as_uuid();
    Ok(read(database, &CALL, &[&id, &only_label], cost).await?.pop())
}

async fn read(
    database: &Database,
    statement: &Statement,
    values: Values<'_>,
    cost: CostBasis,
) -> Result<Vec<Call>, DbError> {
    if cost == CostBasis::Billed {
        return Ok(database.query(statement, values).await?.iter().map(Call::from_row).collect());
    }
    let mut client = database.connection().await?;
    let transaction = client.begin_snapshot().await?;
    let rows = transaction.query(statement, values).await?;
    let mut calls: Vec<Call> = rows.iter().map(Call::from_row).collect();
    costs::reprice_calls(&transaction, &mut calls).await?;
    transaction.commit().await?;
    Ok(calls)
}

/// An export in progress: calls, oldest first, one batch at a time. It holds a connection until the end.
pub struct Export {
    /// `None` once everything is read and the connection is back in the pool.
    connection: Option<Pooled>,
    cost: CostBasis,
}

/// Starts an export of all calls that pass the filter, in one snapshot.
pub async fn export(database: &Database, filter: &UsageFilter, cost: CostBasis) -> Result<Export, DbError> {
    let values = FilterValues::new(filter);
    let connection = database.connection().await?;
    // Owned first, so that a failure below does not return an open transaction to the pool.
    let export = Export { connection: Some(connection), cost };
    if let Some(connection) = &export.connection {
        connection.batch("begin isolation level repeatable read read only").await?;
        connection.query(&EXPORT, &values.values()).await?;
    }
    Ok(export)
}

impl Export {
    /// The next calls; none at the end.
    pub async fn next(&mut self) -> Result<Vec<Call>, DbError> {
        let Some(connection) = &self.connection else { return Ok(Vec::new()) };
        let rows = connection.query(&FETCH, &[]).await?;
        let mut calls: Vec<Call> = rows.iter().map(Call::from_row).collect();
        if self.cost == CostBasis::Current && !calls.is_empty() {
            costs::reprice_calls(&**connection, &mut calls).await?;
        }
        if rows.is_empty() {
            connection.batch("commit").await?;
            self.connection = None;
        }
        Ok(calls)
    }
}

impl Drop for Export {
    /// A reader that stops early leaves a transaction open, so its connection is closed.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Pooled::take(connection));
        }
    }
}

/// A filter as database values.
pub(super) struct FilterValues([Box<dyn ToSql + Sync + Send>; 12]);

impl FilterValues {
    pub(super) fn new(filter: &UsageFilter) -> Self {
        Self([
            Box::new(filter.range.from),
            Box::new(filter.range.to),
            Box::new(filter.user_labels.clone()),
            Box::new(filter.models.clone()),
            Box::new(filter.key_uuids()),
            Box::new(filter.wanted_tags()),
            Box::new(filter.statuses.clone()),
            Box::new(filter.endpoints.clone()),
            Box::new(filter.http_statuses.clone()),
            Box::new(filter.error_codes.clone()),
            Box::new(filter.service_tiers.clone()),
            Box::new(filter.providers.clone()),
        ])
    }

    pub(super) fn values(&self) -> [&(dyn ToSql + Sync); 12] {
        self.0.each_ref().map(|value| &**value as &(dyn ToSql + Sync))
    }
}
