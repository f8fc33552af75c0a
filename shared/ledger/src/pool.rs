//! Connections: one in Lambda, several in a server, opened on demand and replaced when lost.

mod connection;
mod connector;

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError, TimeoutType, Timeouts};
use platform::secrets::Secrets;
use tokio_postgres::Row;
use tokio_postgres_rustls::MakeRustlsConnect;

pub(crate) use self::connection::Connection;
use self::connector::Connector;
use crate::batches::Batches;
use crate::calls::{LimitedAdmission, PlainAdmission, Settlement};
use crate::error::is_connection_lost;
use crate::executor::at_most_one;
use crate::statement::{Statement, Values, statement};
use crate::{DatabaseConfig, DbError};

const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(15);
/// A server that hangs accepts connections, but not the login.
const WAIT_FOR_LOGIN: Duration = Duration::from_secs(8);
/// How long a caller waits for the statement that admits or identifies them.
pub(crate) const WAIT_FOR_ANSWER: Duration = Duration::from_secs(5);

const CHECK: Statement = statement!("pool/check", "select", []);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[&CHECK]];

/// A statement of every call, with its values.
pub(crate) type Hot<'a> = (&'static Statement, Values<'a>);

type Rows = Result<Vec<Row>, tokio_postgres::Error>;

/// A pooled connection, returned on drop.
pub(crate) type Pooled = Object<Connector>;

/// The database, shared by all calls of a process.
#[derive(Clone)]
pub struct Database {
    pool: Pool<Connector>,
    waiting: Arc<Waiting>,
}

/// Calls that wait for statements in flight.
#[derive(Default)]
struct Waiting {
    plain_admissions: Batches<PlainAdmission>,
    admissions: Batches<LimitedAdmission>,
    settlements: Batches<Settlement>,
}

impl Database {
    /// Prepares the pool; the first connection is opened by [`Database::check`] or the first statement.
    pub fn new(config: DatabaseConfig, secrets: Secrets) -> Result<Self, DbError> {
        let pool_size = config.pool_size;
        let authorities = config.authorities.as_ref();
        let tls = platform::tls::client_config(config.is_rds(), authorities).map_err(DbError::Tls)?;
        let connector = Connector::new(config, secrets, MakeRustlsConnect::new(tls));
        let pool = Pool::builder(connector)
            .max_size(pool_size)
            .runtime(deadpool::Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(WAIT_FOR_CONNECTION),
                create: Some(WAIT_FOR_LOGIN),
                recycle: None,
            })
            .build()
            .map_err(|_| DbError::Unexpected("the pool has no runtime"))?;
        Ok(Self { pool, waiting: Arc::default() })
    }

    pub(crate) fn plain_admissions(&self) -> &Batches<PlainAdmission> {
        &self.waiting.plain_admissions
    }

    pub(crate) fn admissions(&self) -> &Batches<LimitedAdmission> {
        &self.waiting.admissions
    }

    pub(crate) fn settlements(&self) -> &Batches<Settlement> {
        &self.waiting.settlements
    }

    /// How many connections there may be at the same time.
    pub(crate) fn connections(&self) -> usize {
        self.pool.status().max_size
    }

    /// One round trip to the database.
    pub async fn check(&self) -> Result<(), DbError> {
        self.query(&CHECK, &[]).await.map(drop)
    }

    /// Runs one statement in one round trip. A connection found dead is replaced once and the statement repeated:
    /// every write carries an id of ours and is idempotent.
    pub(crate) async fn query(&self, statement: &Statement, values: Values<'_>) -> Result<Vec<Row>, DbError> {
        let typed = statement.typed(values)?;
        let connection = self.connection().await?;
        match connection.query_once(statement.sql(), &typed).await {
            Err(error) if is_connection_lost(&error) => {
                let connection = self.replaced(connection).await?;
                connection.query_once(statement.sql(), &typed).await.map_err(DbError::from)
            }
            rows => rows.map_err(DbError::from),
        }
    }

    /// Runs statements without parameters in this order, each in a transaction of its own, and plans `hot` ones for
    /// [`Database::query_hot`]: all in one round trip.
    pub(crate) async fn query_all<const N: usize>(
        &self,
        statements: [&Statement; N],
        hot: &[&'static Statement],
    ) -> Result<[Vec<Row>; N], DbError> {
        let connection = self.connection().await?;
        let rows = match connection.query_all(&statements, hot).await {
            Err(error) if is_connection_lost(&error) => {
                self.replaced(connection).await?.query_all(&statements, hot).await?
            }
            rows => rows?,
        };
        rows.try_into().map_err(|_| DbError::Unexpected("the number of results"))
    }

    /// As [`Database::query`], for the statements of every call: planned once a connection. Planning them again
    /// takes longer than running them. Not for statements whose best plan depends on their parameters.
    pub(crate) async fn query_hot(
        &self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<Option<Row>, DbError> {
        at_most_one(self.query_hot_rows(statement, values).await?)
    }

    /// As [`Database::query_hot`], for any number of rows.
    pub(crate) async fn query_hot_rows(
        &self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<Vec<Row>, DbError> {
        statement.check_count(values)?;
        let connection = self.connection().await?;
        match connection.query_hot((statement, values)).await {
            Err(error) if is_connection_lost(&error) => {
                let connection = self.replaced(connection).await?;
                Ok(Box::pin(connection.query_hot((statement, values))).await?)
            }
            rows => Ok(rows?),
        }
    }

    /// As [`Database::query_hot`], with a flush right behind the statement, in a transaction of its own. Returns the row
    /// of the first once both are done. Both are sent again if the connection was lost with the result of either.
    pub(crate) async fn query_then_flush(
        &self,
        first: Hot<'_>,
        flush: Hot<'_>,
    ) -> Result<Option<Row>, DbError> {
        at_most_one(self.query_rows_then_flush(first, flush).await?)
    }

    /// As [`Database::query_then_flush`], for any number of rows.
    pub(crate) async fn query_rows_then_flush(
        &self,
        first: Hot<'_>,
        flush: Hot<'_>,
    ) -> Result<Vec<Row>, DbError> {
        for (statement, values) in [first, flush] {
            statement.check_count(values)?;
        }
        let connection = self.connection().await?;
        let mut results = connection.query_hot_both(first, flush).await;
        if is_lost(&results.0) || is_lost(&results.1) {
            let connection = self.replaced(connection).await?;
            results = Box::pin(connection.query_hot_both(first, flush)).await;
        }
        let (rows, flushed) = results;
        let rows = rows?;
        flushed?;
        Ok(rows)
    }

    /// As [`Database::query`], for statements that return at most one row.
    pub(crate) async fn query_opt(
        &self,
        statement: &Statement,
        values: Values<'_>,
    ) -> Result<Option<Row>, DbError> {
        at_most_one(self.query(statement, values).await?)
    }

    /// As [`Database::query`], for statements that return exactly one row.
    pub(crate) async fn query_one(&self, statement: &Statement, values: Values<'_>) -> Result<Row, DbError> {
        self.query_opt(statement, values).await?.ok_or(DbError::Unexpected("no row"))
    }

    /// Replaces a dead connection.
    async fn replaced(&self, connection: Pooled) -> Result<Pooled, DbError> {
        self.discard(connection);
        Box::pin(self.connection()).await
    }

    /// Drops a dead connection, and those that died with it.
    fn discard(&self, connection: Pooled) {
        drop(Object::take(connection));
        self.pool.retain(|connection, _| !connection.is_closed());
    }

    /// A pooled connection, for transactions of several statements.
    pub(crate) async fn connection(&self) -> Result<Pooled, DbError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(TimeoutType::Wait) => DbError::Busy,
            PoolError::Timeout(_) => DbError::Late,
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                DbError::Unexpected("the pool is closed")
            }
        })
    }
}

/// Gives up on what a caller waits for: a database that hangs is reported while they still listen.
pub(crate) async fn in_time<T>(answer: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    tokio::time::timeout(WAIT_FOR_ANSWER, answer).await.unwrap_or(Err(DbError::Late))
}

fn is_lost(rows: &Rows) -> bool {
    rows.as_ref().is_err_and(is_connection_lost)
}
