//! Opening connections: the login, TLS, and time limits.

use std::time::{Duration, Instant, SystemTime};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use platform::secrets::Secrets;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Connection;
use crate::{DatabaseAuth, DatabaseConfig, DbError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A peer that vanished without closing the connection is noticed within about a minute; the system's default is two
/// hours.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 3;

/// Sessions of the schema's owner; those of other roles have the settings of `migrations/access/sessions.sql`. No
/// statement outlasts the function, whose longest timeout is 15 minutes.
const OWNER_OPTIONS: &str = "-c statement_timeout=15min -c idle_in_transaction_session_timeout=1min \
    -c idle_session_timeout=2min -c client_connection_check_interval=10s";

/// A full server has room again once sessions of the previous version have ended; a starting one is ready soon.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(4);

/// Opens connections with whatever login the configuration names.
pub(crate) struct Connector {
    config: DatabaseConfig,
    secrets: Secrets,
    tls: MakeRustlsConnect,
}

type Opened =
    (Client, tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>);

#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

impl Connector {
    pub(super) fn new(config: DatabaseConfig, secrets: Secrets, tls: MakeRustlsConnect) -> Self {
        Self { config, secrets, tls }
    }

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
                config.user(login.username).password(login.password).options(OWNER_OPTIONS);
                config
            }
        };
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config
            .tcp_user_timeout(CONNECT_TIMEOUT)
            .keepalives_idle(KEEPALIVE_AFTER)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES);
        if config.get_application_name().is_none() {
            config.application_name("tokenmeter");
        }
        Ok(config)
    }

    /// Repeats a login that a full or starting server refuses.
    async fn connect(&self, config: &Config) -> Result<Opened, DbError> {
        let started = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            match Box::pin(config.connect(self.tls.clone())).await {
                Err(error) if started.elapsed() + pause < PATIENCE && is_refused_for_now(&error) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                opened => return opened.map_err(DbError::Connect),
            }
        }
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

fn is_refused_for_now(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|code| [SqlState::TOO_MANY_CONNECTIONS, SqlState::CANNOT_CONNECT_NOW].contains(code))
}

impl managed::Manager for Connector {
    type Type = Connection;
    type Error = DbError;

    async fn create(&self) -> Result<Connection, DbError> {
        // Boxed: these futures are large, and every statement would hold them inline though few open a connection.
        let config = Box::pin(self.login()).await?;
        let (client, connection) = Box::pin(self.connect(&config)).await?;
        // The driver's half of a connection: it must be polled for as long as the client lives.
        #[expect(clippy::disallowed_methods, reason = "moves bytes only; no work of a call happens in it")]
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "A database connection was lost.");
            }
        });
        Ok(Connection::new(client, task.abort_handle()))
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<DbError> {
        if connection.is_over() {
            return Err(RecycleError::message("closed"));
        }
        Ok(())
    }
}
