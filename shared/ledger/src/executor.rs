//! Running statements on a connection or in a transaction, in the same words as on [`crate::Database`].

use tokio_postgres::{Client, Row};

use crate::DbError;
use crate::pool::Connection;
use crate::statement::{Statement, Values};

/// Whatever runs statements one after the other: what they read and write belongs together.
pub(crate) trait Executor {
    fn client(&self) -> &Client;

    async fn query(&self, statement: &Statement, values: Values<'_>) -> Result<Vec<Row>, DbError> {
        let typed = statement.typed(values)?;
        Ok(self.client().query_typed(statement.sql(), &typed).await?)
    }

    /// As [`Executor::query`], for statements that return at most one row.
    async fn query_opt(&self, statement: &Statement, values: Values<'_>) -> Result<Option<Row>, DbError> {
        at_most_one(self.query(statement, values).await?)
    }

    /// As [`Executor::query`], for statements that return exactly one row.
    async fn query_one(&self, statement: &Statement, values: Values<'_>) -> Result<Row, DbError> {
        self.query_opt(statement, values).await?.ok_or(DbError::Unexpected("no row"))
    }

    /// Returns the number of rows that were written.
    async fn execute(&self, statement: &Statement, values: Values<'_>) -> Result<u64, DbError> {
        let typed = statement.typed(values)?;
        Ok(self.client().execute_typed(statement.sql(), &typed).await?)
    }

    /// Commands without parameters: settings, locks of tables.
    async fn batch(&self, commands: &str) -> Result<(), DbError> {
        Ok(self.client().batch_execute(commands).await?)
    }
}

pub(crate) fn at_most_one(mut rows: Vec<Row>) -> Result<Option<Row>, DbError> {
    if rows.len() > 1 {
        return Err(DbError::Unexpected("more than one row"));
    }
    Ok(rows.pop())
}

impl Executor for Connection {
    fn client(&self) -> &Client {
        self
    }
}

/// A transaction; rolled back if it is dropped.
pub(crate) struct Transaction<'a>(tokio_postgres::Transaction<'a>);

impl<'a> Transaction<'a> {
    pub(crate) const fn new(inner: tokio_postgres::Transaction<'a>) -> Self {
        Self(inner)
    }

    pub(crate) async fn commit(self) -> Result<(), DbError> {
        Ok(self.0.commit().await?)
    }

    pub(crate) async fn rollback(self) -> Result<(), DbError> {
        Ok(self.0.rollback().await?)
    }
}

impl Executor for Transaction<'_> {
    fn client(&self) -> &Client {
        self.0.client()
    }
}
