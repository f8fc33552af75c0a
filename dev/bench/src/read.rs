//! How long every read endpoint takes over a ledger of some size, and with which plans.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike, Utc};
use clap::Args;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::fill::connect;
use crate::load::Sample;
use crate::ms;

/// Pages of 200 calls before the one that is called deep.
const DEEP: usize = 50;
/// Of an endpoint whose rounds would take longer, no more are asked for, but for the least.
const PATIENCE: Duration = Duration::from_secs(10);
const LEAST_ROUNDS: usize = 3;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Where the API listens.
    #[arg(long, default_value = "127.0.0.1:8000")]
    address: String,
    /// A key that may read usage.
    #[arg(long, env = "TOKENMETER_ADMIN_KEY", hide_env_values = true)]
    key: String,
    #[arg(long, default_value_t = 50)]
    rounds: usize,
    /// The label of the request that asks for one.
    #[arg(long, default_value = "search-00")]
    label: String,
    /// Now, for the requests about the last days; by default the clock's.
    #[arg(long)]
    now: Option<DateTime<Utc>>,
    /// Run before each cold request, for example to restart the database and drop the system's cache.
    #[arg(long)]
    before_cold: Option<String>,
    /// Where plans are kept: as the server's `auto_explain` wrote them while each endpoint was asked once.
    #[arg(long, requires_all = ["database_url", "server_log"])]
    plans: Option<PathBuf>,
    /// A superuser's URL of the API's database.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// The file that the database server logs to.
    #[arg(long)]
    server_log: Option<PathBuf>,
}

struct Ask {
    name: &'static str,
    path: String,
}

#[expect(clippy::print_stdout, reason = "the table is this command's output")]
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let asks = asks(arguments).await?;
    println!("| endpoint | answer KB | cold ms | warm p50 / p99 ms |\n| --- | --- | --- | --- |");
    for ask in &asks {
        if let Some(command) = &arguments.before_cold {
            let status = tokio::process::Command::new("sh").args(["-c", command]).status().await?;
            ensure!(status.success(), "`{command}` ended with {status}");
        }
        let mut client = Client::connect(arguments).await?;
        let (cold, bytes) = match client.get(&ask.path).await {
            Ok(answer) => answer,
            Err(error) => {
                println!("| {} | – | – | {error} |", ask.name);
                continue;
            }
        };
        let mut times = Vec::with_capacity(arguments.rounds);
        let started = Instant::now();
        while times.len() < arguments.rounds && (times.len() < LEAST_ROUNDS || started.elapsed() < PATIENCE) {
            times.push(client.get(&ask.path).await?.0);
        }
        let warm = Sample::of(times);
        println!(
            "| {} | {} | {} | {} / {} |",
            ask.name,
            bytes.len() / 1000,
            ms(cold),
            ms(warm.p50),
            ms(warm.p99)
        );
    }
    if let (Some(folder), Some(url), Some(log)) =
        (&arguments.plans, &arguments.database_url, &arguments.server_log)
    {
        keep_plans(arguments, &asks, folder, url, log).await?;
    }
    Ok(())
}

async fn asks(arguments: &Arguments) -> anyhow::Result<Vec<Ask>> {
    let now = arguments.now.unwrap_or_else(|| std::time::SystemTime::now().into());
    let now = now.with_nanosecond(0).unwrap_or(now);
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let since = |days: i64| format!("from={}&to={}", text(now - TimeDelta::days(days)), text(now));
    let ask = |name, path: String| Ask { name, path };
    let day =
        |zone, name| ask(name, format!("/api/usage/timeseries?{}&interval=day&tz={zone}&top=8", since(90)));
    let mut asks = vec![
        ask("health", "/api/usage/health".to_owned()),
        ask("summary, all time", "/api/usage/summary".to_owned()),
        ask("summary, all time, details", "/api/usage/summary?details=true".to_owned()),
        ask("summary, all time, by key", "/api/usage/summary?group_by=key".to_owned()),
        ask("summary, 30 days", format!("/api/usage/summary?{}", since(30))),
        ask(
            "summary, 30 days, one label",
            format!("/api/usage/summary?{}&user_label={}", since(30), arguments.label),
        ),
        day("UTC", "timeseries, 90 days, daily, top 8, UTC"),
        day("Europe/Berlin", "timeseries, 90 days, daily, top 8, Europe/Berlin"),
        day("Asia/Kolkata", "timeseries, 90 days, daily, top 8, Asia/Kolkata"),
        day("Asia/Kathmandu", "timeseries, 90 days, daily, top 8, Asia/Kathmandu"),
        ask(
            "timeseries, 90 days, daily, top 8 models, Europe/Berlin",
            format!("/api/usage/timeseries?{}&interval=day&tz=Europe/Berlin&group_by=model&top=8", since(90)),
        ),
        ask("calls, first page", format!("/api/usage/calls?{}&limit=50", since(30))),
        ask(
            "calls, 1 day, one label, first page",
            format!("/api/usage/calls?{}&limit=50&user_label={}", since(1), arguments.label),
        ),
        ask("export, 1 day, CSV", format!("/api/usage/export?{}&format=csv", since(1))),
    ];
    // A cursor can only be had by reading up to it.
    let mut client = Client::connect(arguments).await?;
    let page = format!("/api/usage/calls?{}&limit=200", since(30));
    let mut path = page.clone();
    for _ in 0..DEEP {
        let Ok((_, answer)) = client.get(&path).await else { return Ok(asks) };
        let answer: Value = serde_json::from_slice(&answer)?;
        let Some(cursor) = answer["next_cursor"].as_str() else { return Ok(asks) };
        path = format!("{page}&cursor={cursor}");
    }
    asks.push(ask("calls, after 10,000 others", path));
    Ok(asks)
}

struct Client {
    sender: SendRequest<Full<Bytes>>,
    key: String,
}

impl Client {
    async fn connect(arguments: &Arguments) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(&arguments.address).await.context("the API does not listen")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        #[expect(clippy::disallowed_methods, reason = "the driver's half of the connection")]
        tokio::spawn(connection);
        Ok(Self { sender, key: arguments.key.clone() })
    }

    async fn get(&mut self, path: &str) -> anyhow::Result<(Duration, Bytes)> {
        let request = Request::get(path)
            .header(header::HOST, "bench")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .body(Full::default())?;
        let started = Instant::now();
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let took = started.elapsed();
        ensure!(status == StatusCode::OK, "{path}: {status} {}", String::from_utf8_lossy(&body));
        Ok((took, body))
    }
}

/// New connections of the database explain every statement meanwhile.
async fn keep_plans(
    arguments: &Arguments,
    asks: &[Ask],
    folder: &Path,
    url: &str,
    log: &Path,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let database = connect(url).await?;
    let name: String = database.query_one("select quote_ident(current_database())", &[]).await?.get(0);
    let settings = [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_buffers", "on"),
    ];
    // The library's own settings are known once it is loaded.
    database.batch_execute("load 'auto_explain'").await?;
    for (setting, value) in settings {
        database.batch_execute(&format!("alter database {name} set {setting} = '{value}'")).await?;
    }
    let explained = explain(arguments, asks, folder, &database, log).await;
    for (setting, _) in settings {
        database.batch_execute(&format!("alter database {name} reset {setting}")).await?;
    }
    end_other_connections(&database).await?;
    explained
}

async fn explain(
    arguments: &Arguments,
    asks: &[Ask],
    folder: &Path,
    database: &tokio_postgres::Client,
    log: &Path,
) -> anyhow::Result<()> {
    end_other_connections(database).await?;
    let mut client = Client::connect(arguments).await?;
    for ask in asks {
        let before = std::fs::metadata(log)?.len();
        // One that is refused has no plan, or half of one.
        let _ = client.get(&ask.path).await;
        let text = std::fs::read(log)?;
        let added = text.get(usize::try_from(before)?..).unwrap_or_default();
        let name: String =
            ask.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        std::fs::write(folder.join(format!("{name}.txt")), added)?;
    }
    Ok(())
}

/// The API's pool opens new ones.
async fn end_other_connections(database: &tokio_postgres::Client) -> anyhow::Result<()> {
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    database.query(sql, &[]).await?;
    Ok(())
}
