//! The measured database, and connections to it.

use std::path::Path;

use anyhow::Context;
use ledger::{Database, DatabaseConfig};
use platform::environment::{AwsConfig, Environment};
use platform::secrets::Secrets;
use postgres_dev::{Server, ServerSettings};
use tokio_postgres::{Client, NoTls};

/// A new server that flushes as in production, with its data in `folder`.
pub(crate) fn start_server(folder: &Path) -> anyhow::Result<Server> {
    let settings =
        ServerSettings { home: folder.join("db"), port: None, log: folder.join("postgres.log"), fresh: true };
    Ok(Server::start(&settings, &|_| ())?)
}

pub(crate) async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("Postgres does not accept connections")?;
    #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
    tokio::spawn(connection);
    Ok(client)
}

/// The pool that functions use, with one connection as in Lambda.
pub(crate) fn pool(url: &str) -> anyhow::Result<Database> {
    pool_of(url, 1)
}

pub(crate) fn pool_of(url: &str, connections: usize) -> anyhow::Result<Database> {
    let environment: Environment = [
        ("DATABASE_URL".to_owned(), url.to_owned()),
        ("DATABASE_POOL_SIZE".to_owned(), connections.to_string()),
    ]
    .into_iter()
    .collect();
    let config = DatabaseConfig::from_env(&environment)?;
    Ok(Database::new(config, Secrets::new(&AwsConfig::default()))?)
}
