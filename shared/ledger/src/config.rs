//! Where the database is and how to log in.

use platform::environment::{ConfigError, Environment};
use secrecy::SecretString;

/// How to log in to the database.
#[derive(Clone)]
pub enum DatabaseAuth {
    /// Whatever `DATABASE_URL` holds.
    Url(SecretString),
    /// A token signed for the user, valid 15 minutes, made for each new connection.
    Iam { user: String },
    /// User name and password from a secret, read for each new connection since they rotate.
    Secret { arn: String },
}

#[derive(Clone)]
pub struct DatabaseConfig {
    pub auth: DatabaseAuth,
    /// Host, port and name; empty when a URL holds them.
    pub host: String,
    pub port: u16,
    pub name: String,
    pub pool_size: usize,
}

impl DatabaseConfig {
    pub fn from_env(environment: &Environment) -> Result<Self, ConfigError> {
        let pool_size = environment.parse("DATABASE_POOL_SIZE", 1usize, "a whole number of connections")?;
        if !(1..=1000).contains(&pool_size) {
            let reason = format!("expected 1 to 1000 connections, got {pool_size}");
            return Err(ConfigError::Malformed { name: "DATABASE_POOL_SIZE", reason });
        }
        if let Some(url) = environment.find("DATABASE_URL") {
            if environment.find("DATABASE_HOST").is_some() {
                return Err(ConfigError::Both("DATABASE_URL", "DATABASE_HOST"));
            }
            // The parser's own error may quote the URL, and with it the password.
            url.parse::<tokio_postgres::Config>().map_err(|_| ConfigError::Malformed {
                name: "DATABASE_URL",
                reason: "expected postgres://user:password@host:port/database".to_owned(),
            })?;
            let auth = DatabaseAuth::Url(url.into());
            return Ok(Self { auth, host: String::new(), port: 0, name: String::new(), pool_size });
        }
        let host = environment.find("DATABASE_HOST").ok_or(ConfigError::Missing("DATABASE_URL"))?.to_owned();
        let auth = match environment.get("DATABASE_AUTH")? {
            "iam" => DatabaseAuth::Iam { user: environment.get("DATABASE_USER")?.to_owned() },
            "secret" => DatabaseAuth::Secret { arn: environment.get("DATABASE_SECRET_ARN")?.to_owned() },
            other => {
                let reason = format!("expected `iam` or `secret`, got `{other}`");
                return Err(ConfigError::Malformed { name: "DATABASE_AUTH", reason });
            }
        };
        let port = environment.parse("DATABASE_PORT", 5432, "a port")?;
        Ok(Self { auth, host, port, name: environment.get("DATABASE_NAME")?.to_owned(), pool_size })
    }
}
