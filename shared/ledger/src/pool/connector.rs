//! Opening connections: the login, TLS, and time limits.

use std::time::{Duration, SystemTime};

use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use platform::secrets::Secrets;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Connection;
use crate::{DatabaseAuth, DatabaseConfig, DbError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

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
