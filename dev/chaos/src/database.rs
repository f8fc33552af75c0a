//! A database of this run's own, and what is done to it from outside.

use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

/// Created on an admin's server; [`Database::drop_it`] removes it.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) client: Client,
    pub(crate) name: String,
    admin_url: String,
    /// The driver's half of `client`; it ends with this value.
    _connection: JoinSet<()>,
}

impl Database {
    pub(crate) async fn create(admin_url: &str, name: String) -> anyhow::Result<Self> {
        run_as_admin(admin_url, &format!("create database {name}")).await?;
        let url = with_database(admin_url, &name)?;
        let (client, connection) = connect(&url).await?;
        Ok(Self { url, client, admin_url: admin_url.to_owned(), name, _connection: connection })
    }

    pub(crate) async fn drop_it(self) -> anyhow::Result<()> {
        let Self { client, admin_url, name, .. } = self;
        drop(client);
        run_as_admin(&admin_url, &format!("drop database if exists {name} with (force)")).await
    }

    /// Ends every connection but this one, as a failover would.
    pub(crate) async fn terminate_connections(&self) -> anyhow::Result<()> {
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
                   where datname = current_database() and pid <> pg_backend_pid()";
        self.client.query(sql, &[]).await?;
        Ok(())
    }

    /// Makes the sweeper take every call in flight at this instant for lost.
    pub(crate) async fn expire_open_calls(&self) -> anyhow::Result<u64> {
        let sql = "update open_calls set deadline_at = clock_timestamp() - interval '1 second'";
        Ok(self.client.execute(sql, &[]).await?)
    }

    /// Waits for the connections of killed processes: what they had sent may still be running.
    pub(crate) async fn wait_until_alone(&self) -> anyhow::Result<()> {
        let sql = "select count(*) from pg_stat_activity \
                   where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()";
        for _ in 0..200 {
            let others: i64 = self.client.query_one(sql, &[]).await?.get(0);
            if others == 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("connections of killed processes stayed open")
    }
}

async fn connect(url: &str) -> anyhow::Result<(Client, JoinSet<()>)> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("Postgres does not answer")?;
    let mut driver = JoinSet::new();
    driver.spawn(async move {
        let _ = connection.await;
    });
    Ok((client, driver))
}

async fn run_as_admin(admin_url: &str, sql: &str) -> anyhow::Result<()> {
    let (client, _driver) = connect(admin_url).await?;
    client.batch_execute(sql).await.with_context(|| format!("`{sql}` failed"))
}

/// `url` with another database in its path.
fn with_database(url: &str, name: &str) -> anyhow::Result<String> {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let (server, _) = base.rsplit_once('/').context("the database URL names no database")?;
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{server}/{name}{query}"))
}
