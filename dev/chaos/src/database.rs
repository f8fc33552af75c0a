//! The run's own Postgres, flushed as in production, and what is done to it.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use postgres_dev::{Server, ServerSettings};
use tokio::task::{JoinSet, block_in_place};
use tokio_postgres::{Client, NoTls};

pub(crate) struct Database {
    server: Server,
    pub(crate) client: Client,
    /// The driver's half of `client`; it ends with this value.
    connection: JoinSet<()>,
}

impl Database {
    /// Starts a server whose data lies in `folder` and stays there.
    pub(crate) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let settings = ServerSettings {
            home: folder.join("db"),
            port: None,
            log: folder.join("postgres.log"),
            fresh: true,
        };
        let server = block_in_place(|| Server::start(&settings, &|_| ()))?;
        let (client, connection) = connect(&server.url()).await?;
        Ok(Self { server, client, connection })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Kills every process of the server. Until [`Database::recover`] nobody answers.
    pub(crate) fn crash(&mut self) -> anyhow::Result<()> {
        Ok(block_in_place(|| self.server.crash())?)
    }

    /// Starts the server again, on what it had flushed.
    pub(crate) async fn recover(&mut self) -> anyhow::Result<()> {
        block_in_place(|| self.server.restart())?;
        (self.client, self.connection) = connect(&self.server.url()).await?;
        Ok(())
    }

    /// Ends every connection but this one, as a failover would.
    pub(crate) async fn terminate_connections(&self) -> anyhow::Result<()> {
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
                   where datname = current_database() and pid <> pg_backend_pid()";
        self.client.query(sql, &[]).await?;
        Ok(())
    }

    /// Puts every call from now on under hard limits that none of them reaches.
    pub(crate) async fn limit_calls(&self) -> anyhow::Result<()> {
        let sql = "insert into limits (id, subject_kind, metric, period, amount, mode) \
                   select gen_random_uuid(), 'global', metric, 'total', 1000000000000000, 'hard' \
                   from unnest(array['requests', 'tokens', 'usd', 'concurrency']) as metric";
        self.client.execute(sql, &[]).await?;
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
