//! A connection: its prepared statements, and ending it when a statement in flight is dropped.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{try_join, try_join_all};
use tokio::task::AbortHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, IsolationLevel, Row};

use super::{Hot, Rows};
use crate::DbError;
use crate::executor::Transaction;
use crate::statement::Statement;

/// A connection and what it has planned.
pub(crate) struct Connection {
    client: Client,
    /// By the names of statements.
    planned: Mutex<HashMap<&'static str, tokio_postgres::Statement>>,
    driver: Arc<Driver>,
}

/// The driver's own half of a connection, as far as it can be ended.
struct Driver {
    task: AbortHandle,
    is_interrupted: AtomicBool,
}

/// Guards statements in flight on a connection. Dropped before they have finished, for example by a timeout, it ends
/// the connection: the server may go on with them for long, and the next statement would wait behind them.
#[must_use]
pub(crate) struct InFlightGuard {
    driver: Arc<Driver>,
    is_finished: bool,
}

impl InFlightGuard {
    pub(crate) fn finished(mut self) {
        self.is_finished = true;
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        if !self.is_finished {
            self.driver.is_interrupted.store(true, Ordering::Relaxed);
            self.driver.task.abort();
        }
    }
}

impl Connection {
    pub(super) fn new(client: Client, task: AbortHandle) -> Self {
        let driver = Driver { task, is_interrupted: AtomicBool::new(false) };
        Self { client, planned: Mutex::default(), driver: Arc::new(driver) }
    }

    /// Whether it cannot be used any more.
    pub(super) fn is_over(&self) -> bool {
        self.client.is_closed() || self.driver.is_interrupted.load(Ordering::Relaxed)
    }

    pub(crate) fn in_flight_guard(&self) -> InFlightGuard {
        InFlightGuard { driver: Arc::clone(&self.driver), is_finished: false }
    }

    pub(super) async fn query_once(&self, sql: &str, params: &[(&(dyn ToSql + Sync), Type)]) -> Rows {
        let guard = self.in_flight_guard();
        let rows = self.client.query_typed(sql, params).await;
        guard.finished();
        rows
    }

    /// Runs statements without parameters in this order, each in a transaction of its own, and plans `hot` ones: all in
    /// one round trip.
    pub(super) async fn query_all(
        &self,
        statements: &[&Statement],
        hot: &[&'static Statement],
    ) -> Result<Vec<Vec<Row>>, tokio_postgres::Error> {
        let guard = self.in_flight_guard();
        // A statement is sent when its future is polled first, which happens in this order.
        let rows = try_join_all(statements.iter().map(|one| self.client.query_typed(one.sql(), &[])));
        let planned = try_join_all(hot.iter().map(|one| self.prepare_hot(one)));
        let result = try_join(rows, planned).await;
        guard.finished();
        Ok(result?.0)
    }

    async fn prepare_hot(
        &self,
        statement: &'static Statement,
    ) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        let known = self.planned.lock().unwrap_or_else(PoisonError::into_inner).get(statement.name).cloned();
        if let Some(prepared) = known {
            return Ok(prepared);
        }
        // Boxed, as all that few statements do: every call would hold it inline.
        let prepared = Box::pin(self.client.prepare_typed(statement.sql(), statement.types)).await?;
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).insert(statement.name, prepared.clone());
        Ok(prepared)
    }

    pub(super) async fn query_hot(&self, (statement, values): Hot<'_>) -> Rows {
        let guard = self.in_flight_guard();
        let rows = match self.prepare_hot(statement).await {
            Ok(prepared) => self.client.query(&prepared, values).await,
            Err(error) => Err(error),
        };
        guard.finished();
        rows
    }

    pub(super) async fn query_hot_both(&self, first: Hot<'_>, second: Hot<'_>) -> (Rows, Rows) {
        // Prepared first: the two are on their way together only if neither needs preparing.
        let guard = self.in_flight_guard();
        let prepared = try_join(self.prepare_hot(first.0), self.prepare_hot(second.0)).await;
        guard.finished();
        if let Err(error) = prepared {
            return (Err(error), Ok(Vec::new()));
        }
        tokio::join!(self.query_hot(first), self.query_hot(second))
    }

    pub(crate) async fn begin(&mut self) -> Result<Transaction<'_>, DbError> {
        Ok(Transaction::new(self.client.transaction().await?))
    }

    /// A transaction that reads one snapshot: sums and their corrections belong together.
    pub(crate) async fn begin_snapshot(&mut self) -> Result<Transaction<'_>, DbError> {
        let begin = self.client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
        Ok(Transaction::new(begin.read_only(true).start().await?))
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}
