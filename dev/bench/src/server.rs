//! A database server of a measurement's own, and what its backends spend.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use ledger::migrate;
use postgres_dev::Server;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::cpu::server_time;
use crate::database::{connect, pool, start_server};

/// How long `perf` takes to attach itself; instructions before that are not counted.
const ATTACHING: Duration = Duration::from_millis(500);

/// A new, migrated database that flushes as in production. Its folder is below `TMPDIR`.
pub(crate) struct MeasuredServer {
    server: Server,
    // Dropped last, because the server writes to it.
    _folder: TempDir,
}

/// What something took.
pub(crate) struct Spent {
    pub time: Duration,
    /// Processor time of the server.
    pub server_time: Duration,
    /// In user mode, of backends that started since the measurement began; `None` without `perf`.
    pub instructions: Option<u64>,
    /// Write-ahead log.
    pub log_bytes: u64,
}

/// A measurement that is running.
pub(crate) struct Measurement<'a> {
    server: &'a MeasuredServer,
    perf: Option<Child>,
    started: Instant,
    server_time: Duration,
    log_at: u64,
}

impl MeasuredServer {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = start_server(folder.path())?;
        migrate::run(&pool(&server.url())?).await?;
        Ok(Self { server, _folder: folder })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Open the connections that are to be measured afterwards.
    pub(crate) async fn measure(&self) -> anyhow::Result<Measurement<'_>> {
        let pid = self.server.pid().to_string();
        // Children are counted from their start, but not those that are there already.
        let perf = Command::new("perf")
            .args(["stat", "-x", ",", "-e", "instructions:u", "-p", &pid])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .ok();
        if perf.is_some() {
            tokio::time::sleep(ATTACHING).await;
        }
        Ok(Measurement {
            server: self,
            perf,
            log_at: self.log_at().await?,
            server_time: server_time(self.server.pid())?,
            started: Instant::now(),
        })
    }

    async fn log_at(&self) -> anyhow::Result<u64> {
        let at = "select (pg_current_wal_lsn() - '0/0')::bigint";
        Ok(connect(&self.url()).await?.query_one(at, &[]).await?.get::<_, i64>(0).unsigned_abs())
    }
}

impl Measurement<'_> {
    pub(crate) async fn end(self) -> anyhow::Result<Spent> {
        let time = self.started.elapsed();
        let server_time = server_time(self.server.server.pid())?.saturating_sub(self.server_time);
        let log_bytes = self.server.log_at().await?.saturating_sub(self.log_at);
        let instructions = match self.perf {
            Some(perf) => counted(perf).await?,
            None => None,
        };
        Ok(Spent { time, server_time, instructions, log_bytes })
    }
}

/// Ends `perf` and reads its count; `None` where it may not count.
async fn counted(perf: Child) -> anyhow::Result<Option<u64>> {
    let pid = perf.id().context("perf ended")?.to_string();
    Command::new("kill").args(["-INT", &pid]).status().await?;
    let output = perf.wait_with_output().await?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("instructions"));
    Ok(line.and_then(|line| line.split(',').next()?.parse().ok()))
}

impl Spent {
    /// Cells of a table: seconds, calls a second, and per call: processor time, instructions and log.
    pub(crate) fn cells(&self, calls: u64) -> String {
        let calls = calls.max(1);
        let instructions =
            self.instructions.map_or_else(|| "–".to_owned(), |count| (count / calls).to_string());
        #[expect(clippy::cast_precision_loss, reason = "shown rounded")]
        let (per_second, micros) =
            (calls as f64 / self.time.as_secs_f64(), self.server_time.as_secs_f64() * 1e6 / calls as f64);
        format!(
            "{:.1} | {per_second:.0} | {micros:.1} | {instructions} | {}",
            self.time.as_secs_f64(),
            self.log_bytes / calls
        )
    }
}
