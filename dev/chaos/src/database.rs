//! The run's own Postgres, which flushes as in production, and what the run does to it.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use postgres_dev::{Server, ServerSettings};
use tokio::task::{JoinSet, block_in_place};
use tokio_postgres::{Client, NoTls};

pub(crate) struct ChaosDatabase {
    server: Server,
    pub(crate) client: Client,
    /// The driver task of `client`, aborted on drop.
    connection: JoinSet<()>,
}

impl ChaosDatabase {
    /// Starts a server that keeps its data in `folder`.
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

    /// Kills every process of the server. It is down until [`ChaosDatabase::recover`].
    pub(crate) fn crash(&mut self) -> anyhow::Result<()> {
        Ok(block_in_place(|| self.server.crash())?)
    }

    /// Starts the server again on the data that it had flushed.
    pub(crate) async fn recover(&mut self) -> anyhow::Result<()> {
        block_in_place(|| self.server.restart())?;
        (self.client, self.connection) = connect(&self.server.url()).await?;
        Ok(())
    }

    /// Ends all other connections, as a failover would.
    pub(crate) async fn terminate_connections(&self) -> anyhow::Result<()> {
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity \
                   where datname = current_database() and pid <> pg_backend_pid()";
        self.client.query(sql, &[]).await?;
        Ok(())
    }

    /// Applies hard limits to all future calls, too high for them to reach.
    pub(crate) async fn limit_calls(&self) -> anyhow::Result<()> {
        let sql = "insert into limits (id, subject_kind, metric, period, amount, mode) \
                   select gen_random_uuid(), 'global', metric, 'total', 1000000000000000, 'hard' \
                   from unnest(array['requests', 'tokens', 'usd', 'concurrency']) as metric";
        self.client.execute(sql, &[]).await?;
        Ok(())
    }

    /// Lets the sweeper treat every call now in flight as abandoned.
    pub(crate) async fn expire_open_calls(&self) -> anyhow::Result<u64> {
        let sql = "update open_calls set deadline_at = clock_timestamp() - interval '1 second'";
        Ok(self.client.execute(sql, &[]).await?)
    }

    /// Lets `maintain` ask the provider about all calls in the background now. Returns how many there are.
    pub(crate) async fn ask_about_background_calls(&self) -> anyhow::Result<u64> {
        Ok(self.client.execute("update background_calls set next_poll_at = clock_timestamp()", &[]).await?)
    }

    /// Waits until the connections of killed processes are closed, because their statements may still be running.
    pub(crate) async fn wait_for_other_connections(&self) -> anyhow::Result<()> {
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
