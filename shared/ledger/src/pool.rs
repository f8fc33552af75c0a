//! Connections: one in Lambda, several in a server, opened on demand and replaced when lost.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use deadpool::managed::{self, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, Timeouts};
use platform::secrets::Secrets;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::task::AbortHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Row, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{DbError, is_connection_lost};
use super::{DatabaseAuth, DatabaseConfig};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(15);

/// A statement's parameters, typed, so that it needs no preparing round trip.
pub(super) type Params<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// A statement of every call, with its parameters.
pub(super) type Hot<'a> = (&'static str, Params<'a>);

type Rows = Result<Vec<Row>, tokio_postgres::Error>;

/// A connection of one's own, which goes back to the pool.
pub(super) type Pooled = Object<Connector>;

/// The database, shared by all calls of a process.
#[derive(Clone)]
pub struct Database {
    pool: Pool<Connector>,
}

impl Database {
    /// Prepares the pool; the first connection is opened by [`Database::check`] or the first statement.
    pub fn new(config: DatabaseConfig, secrets: Secrets) -> Result<Self, DbError> {
        let pool_size = config.pool_size;
        let trusts_rds = !matches!(config.auth, DatabaseAuth::Url(_));
        let tls = platform::tls::client_config(trusts_rds)
            .map_err(|_| DbError::Unexpected("the TLS provider has no protocol version"))?;
        let connector = Connector { config, secrets, tls: MakeRustlsConnect::new(tls) };
        let pool = Pool::builder(connector)
            .max_size(pool_size)
            .runtime(deadpool::Runtime::Tokio1)
            .timeouts(Timeouts { wait: Some(WAIT_FOR_CONNECTION), create: None, recycle: None })
            .build()
            .map_err(|_| DbError::Unexpected("the pool has no runtime"))?;
        Ok(Self { pool })
    }

    /// Whether the database answers, by one round trip.
    pub async fn check(&self) -> Result<(), DbError> {
        self.query("select", &[]).await.map(drop)
    }

    /// Runs one statement in one round trip. A connection found dead is replaced once and the statement repeated:
    /// every write carries an id of ours and is idempotent.
    pub(crate) async fn query(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, DbError> {
        let client = self.connection().await?;
        match client.query_once(sql, params).await {
            Err(error) if is_connection_lost(&error) => {
                let client = self.replaced(client).await?;
                client.query_once(sql, params).await.map_err(DbError::from)
            }
            answer => answer.map_err(DbError::from),
        }
    }

    /// As [`Database::query`], for the statements of every call: planned once a connection. Planning them anew takes
    /// longer than running them. Not for statements whose best plan depends on their parameters.
    pub(crate) async fn query_hot(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Option<Row>, DbError> {
        let connection = self.connection().await?;
        let rows = match connection.query_hot(sql, params).await {
            Err(error) if is_connection_lost(&error) => {
                self.replaced(connection).await?.query_hot(sql, params).await?
            }
            rows => rows?,
        };
        at_most_one(rows)
    }

    /// As [`Database::query_hot`], with a second statement right behind the first, in a transaction of its own. Answers
    /// the first one's row; the second is no part of the answer, and its failure only logged.
    pub(crate) async fn query_hot_then(
        &self,
        first: Hot<'_>,
        second: Hot<'_>,
    ) -> Result<Option<Row>, DbError> {
        let connection = self.connection().await?;
        let (mut rows, mut then) = connection.query_hot_both(first, second).await;
        if is_lost(&rows) {
            (rows, then) = self.replaced(connection).await?.query_hot_both(first, second).await;
        }
        if let Err(error) = then {
            tracing::warn!(error = %DbError::from(error), "A statement behind a settled call failed.");
        }
        at_most_one(rows?)
    }

    /// As [`Database::query_hot`], with a second statement right behind the first, in a transaction of its own. Answers
    /// the first one's row once both are done.
    pub(crate) async fn query_hot_and(
        &self,
        first: Hot<'_>,
        second: Hot<'_>,
    ) -> Result<Option<Row>, DbError> {
        let connection = self.connection().await?;
        let (mut rows, mut and) = connection.query_hot_both(first, second).await;
        if is_lost(&rows) || is_lost(&and) {
            (rows, and) = self.replaced(connection).await?.query_hot_both(first, second).await;
        }
        let row = at_most_one(rows?)?;
        and?;
        Ok(row)
    }

    /// As [`Database::query`], for statements that answer at most one row.
    pub(crate) async fn query_opt(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>, DbError> {
        at_most_one(self.query(sql, params).await?)
    }

    /// As [`Database::query`], for statements that answer exactly one row.
    pub(crate) async fn query_one(&self, sql: &str, params: Params<'_>) -> Result<Row, DbError> {
        self.query_opt(sql, params).await?.ok_or(DbError::Unexpected("no row"))
    }

    /// Another connection for a dead one.
    async fn replaced(&self, connection: Object<Connector>) -> Result<Object<Connector>, DbError> {
        self.discard(connection);
        self.connection().await
    }

    /// Drops a dead connection, and those that died with it.
    fn discard(&self, connection: Object<Connector>) {
        drop(Object::take(connection));
        self.pool.retain(|connection, _| !connection.is_closed());
    }

    /// A connection of one's own, for transactions of several statements.
    pub(crate) async fn connection(&self) -> Result<Object<Connector>, DbError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => DbError::Busy,
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                DbError::Unexpected("the pool is closed")
            }
        })
    }
}

fn is_lost(rows: &Rows) -> bool {
    rows.as_ref().is_err_and(is_connection_lost)
}

fn at_most_one(mut rows: Vec<Row>) -> Result<Option<Row>, DbError> {
    if rows.len() > 1 {
        return Err(DbError::Unexpected("more than one row"));
    }
    Ok(rows.pop())
}

/// A connection and what it has planned.
pub(crate) struct Connection {
    client: Client,
    planned: Mutex<HashMap<&'static str, Statement>>,
    driver: Arc<Driver>,
}

/// The driver's own half of a connection, as far as it can be ended.
struct Driver {
    task: AbortHandle,
    is_interrupted: AtomicBool,
}

/// Statements under way on a connection. Dropped before they were answered, as by a time limit, it ends the connection:
/// the server may be at them for as long as it likes, and whoever came next would wait behind them.
#[must_use]
pub(super) struct UnderWay {
    driver: Arc<Driver>,
    is_answered: bool,
}

impl UnderWay {
    pub(super) fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.is_answered {
            self.driver.is_interrupted.store(true, Ordering::Relaxed);
            self.driver.task.abort();
        }
    }
}

impl Connection {
    pub(super) fn under_way(&self) -> UnderWay {
        UnderWay { driver: Arc::clone(&self.driver), is_answered: false }
    }

    async fn query_once(&self, sql: &str, params: Params<'_>) -> Rows {
        let under_way = self.under_way();
        let rows = self.client.query_typed(sql, params).await;
        under_way.answered();
        rows
    }

    async fn prepare_hot(
        &self,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Statement, tokio_postgres::Error> {
        let known = self.planned.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let types: Vec<Type> = params.iter().map(|(_, of_type)| of_type.clone()).collect();
        let statement = self.client.prepare_typed(sql, &types).await?;
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).insert(sql, statement.clone());
        Ok(statement)
    }

    async fn query_hot(&self, sql: &'static str, params: Params<'_>) -> Rows {
        let under_way = self.under_way();
        let rows = match self.prepare_hot(sql, params).await {
            Ok(statement) => {
                let values: Vec<&(dyn ToSql + Sync)> = params.iter().map(|(value, _)| *value).collect();
                self.client.query(&statement, &values).await
            }
            Err(error) => Err(error),
        };
        under_way.answered();
        rows
    }

    async fn query_hot_both(&self, first: Hot<'_>, second: Hot<'_>) -> (Rows, Rows) {
        // Prepared first: the two are on their way together only if neither needs preparing.
        for (sql, params) in [first, second] {
            let under_way = self.under_way();
            let prepared = self.prepare_hot(sql, params).await;
            under_way.answered();
            if let Err(error) = prepared {
                return (Err(error), Ok(Vec::new()));
            }
        }
        tokio::join!(self.query_hot(first.0, first.1), self.query_hot(second.0, second.1))
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

/// Opens connections with whatever login the configuration names.
pub(crate) struct Connector {
    config: DatabaseConfig,
    secrets: Secrets,
    tls: MakeRustlsConnect,
}

#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

impl Connector {
    async fn login(&self) -> Result<Config, DbError> {
        let mut config = match &self.config.auth {
            DatabaseAuth::Url(url) => url.expose_secret().parse::<Config>().map_err(DbError::Connect)?,
            DatabaseAuth::Iam { user } => {
                let mut config = self.remote();
                let token = self
                    .secrets
                    .database_login_token(&self.config.host, self.config.port, user, SystemTime::now())
                    .map_err(DbError::Login)?;
                config.user(user).password(token.expose_secret());
                config
            }
            // Read for every connection: the secret rotates, and open connections live on.
            DatabaseAuth::Secret { arn } => {
                let secret = self.secrets.read(arn).await.map_err(DbError::Login)?;
                let login: Login =
                    serde_json::from_str(secret.expose_secret()).map_err(|_| DbError::LoginSecret)?;
                let mut config = self.remote();
                config.user(login.username).password(login.password);
                config
            }
        };
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.tcp_user_timeout(CONNECT_TIMEOUT);
        if config.get_application_name().is_none() {
            config.application_name("tokenmeter");
        }
        Ok(config)
    }

    fn remote(&self) -> Config {
        let mut config = Config::new();
        config
            .host(&self.config.host)
            .port(self.config.port)
            .dbname(&self.config.name)
            .ssl_mode(tokio_postgres::config::SslMode::Require);
        config
    }
}

impl managed::Manager for Connector {
    type Type = Connection;
    type Error = DbError;

    async fn create(&self) -> Result<Connection, DbError> {
        // Boxed: these futures are large, and every statement would hold them inline though few open a connection.
        let config = Box::pin(self.login()).await?;
        let (client, connection) =
            Box::pin(config.connect(self.tls.clone())).await.map_err(DbError::Connect)?;
        // The driver's own half of a connection: it must be polled for as long as the client lives.
        #[expect(clippy::disallowed_methods, reason = "moves bytes only; no work of a call happens in it")]
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "A database connection was lost.");
            }
        });
        let driver = Driver { task: task.abort_handle(), is_interrupted: AtomicBool::new(false) };
        Ok(Connection { client, planned: Mutex::default(), driver: Arc::new(driver) })
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<DbError> {
        if connection.is_closed() || connection.driver.is_interrupted.load(Ordering::Relaxed) {
            return Err(RecycleError::message("closed"));
        }
        Ok(())
    }
}
