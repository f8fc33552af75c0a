//! Times every read endpoint on a ledger of any size, and keeps the query plans.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;
use chrono::{DateTime, DurationRound, SecondsFormat, TimeDelta, Timelike, Utc};
use clap::Args;
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::client::Client;
use crate::database::connect;
use crate::sample::{Sample, ms};

/// Pages of 200 calls before the page that is measured as deep.
const DEEP_PAGE: usize = 50;
/// No further rounds of an endpoint after this time, except for the minimum.
const MAX_TIME: Duration = Duration::from_secs(10);
const MIN_ROUNDS: usize = 3;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Address of the API
    #[arg(long, default_value = "127.0.0.1:8000")]
    address: String,
    /// A key that may read usage
    #[arg(long, env = "TOKENMETER_ADMIN_KEY", hide_env_values = true)]
    key: String,
    /// Warm requests per endpoint
    #[arg(long, default_value_t = 50)]
    rounds: usize,
    /// Label of the requests for a single label
    #[arg(long, default_value = "search-00")]
    label: String,
    /// End of all requested ranges; default: now
    #[arg(long)]
    now: Option<DateTime<Utc>>,
    /// Command to run before each cold request, for example to restart the database and drop the page cache
    #[arg(long)]
    before_cold: Option<String>,
    /// Folder for query plans, which the server's `auto_explain` logs while each endpoint is requested once
    #[arg(long, requires_all = ["database_url", "server_log"])]
    plans: Option<PathBuf>,
    /// Superuser URL of the API's database
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Log file of the database server
    #[arg(long)]
    server_log: Option<PathBuf>,
}

struct ReadCase {
    name: &'static str,
    path: String,
}

#[expect(clippy::print_stdout, reason = "the table is this command's output")]
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let cases = cases(arguments).await?;
    println!("| endpoint | response KB | cold ms | warm p50 / p99 ms |\n| --- | --- | --- | --- |");
    for case in &cases {
        if let Some(command) = &arguments.before_cold {
            let status = tokio::process::Command::new("sh").args(["-c", command]).status().await?;
            ensure!(status.success(), "`{command}` ended with {status}");
        }
        let mut client = Client::connect(&arguments.address, &arguments.key).await?;
        let (cold, bytes) = match get(&mut client, &case.path).await {
            Ok(response) => response,
            Err(error) => {
                println!("| {} | – | – | {error} |", case.name);
                continue;
            }
        };
        let mut times = Vec::with_capacity(arguments.rounds);
        let started = Instant::now();
        while times.len() < arguments.rounds && (times.len() < MIN_ROUNDS || started.elapsed() < MAX_TIME) {
            times.push(get(&mut client, &case.path).await?.0);
        }
        let warm = Sample::of(times);
        println!(
            "| {} | {} | {} | {} / {} |",
            case.name,
            bytes.len() / 1000,
            ms(cold),
            ms(warm.p50),
            ms(warm.p99)
        );
    }
    if let (Some(folder), Some(url), Some(log)) =
        (&arguments.plans, &arguments.database_url, &arguments.server_log)
    {
        keep_plans(arguments, &cases, folder, url, log).await?;
    }
    Ok(())
}

async fn cases(arguments: &Arguments) -> anyhow::Result<Vec<ReadCase>> {
    let now = arguments.now.unwrap_or_else(|| std::time::SystemTime::now().into());
    let now = now.with_nanosecond(0).unwrap_or(now);
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    // From a quarter of an hour on, so that sums without their calls can be asked as well.
    let since = |days: i64| {
        let from = now - TimeDelta::days(days);
        format!("from={}&to={}", text(from.duration_trunc(TimeDelta::minutes(15)).unwrap_or(from)), text(now))
    };
    let case = |name, path: String| ReadCase { name, path };
    let day =
        |zone, name| case(name, format!("/api/usage/timeseries?{}&interval=day&tz={zone}&top=8", since(90)));
    let mut cases = vec![
        case("health", "/api/usage/health".to_owned()),
        case("summary, all time", "/api/usage/summary".to_owned()),
        case("summary, all time, details", "/api/usage/summary?details=true".to_owned()),
        case("summary, all time, by key", "/api/usage/summary?group_by=key".to_owned()),
        case("summary, 30 days", format!("/api/usage/summary?{}", since(30))),
        case(
            "summary, 30 days, one label",
            format!("/api/usage/summary?{}&user_label={}", since(30), arguments.label),
        ),
        day("UTC", "timeseries, 90 days, daily, top 8, UTC"),
        day("Europe/Berlin", "timeseries, 90 days, daily, top 8, Europe/Berlin"),
        day("Asia/Kolkata", "timeseries, 90 days, daily, top 8, Asia/Kolkata"),
        day("Asia/Kathmandu", "timeseries, 90 days, daily, top 8, Asia/Kathmandu"),
        case(
            "timeseries, 90 days, daily, top 8 models, Europe/Berlin",
            format!("/api/usage/timeseries?{}&interval=day&tz=Europe/Berlin&group_by=model&top=8", since(90)),
        ),
        case("calls, first page", format!("/api/usage/calls?{}&limit=50", since(30))),
        case(
            "calls, 1 day, one label, first page",
            format!("/api/usage/calls?{}&limit=50&user_label={}", since(1), arguments.label),
        ),
        case("export, 1 day, CSV", format!("/api/usage/export?{}&format=csv", since(1))),
    ];
    // A cursor is only available after reading the pages before it.
    let mut client = Client::connect(&arguments.address, &arguments.key).await?;
    let first_page = format!("/api/usage/calls?{}&limit=200", since(30));
    let mut path = first_page.clone();
    for _ in 0..DEEP_PAGE {
        let Ok((_, page)) = get(&mut client, &path).await else { return Ok(cases) };
        let body: Value = serde_json::from_slice(&page)?;
        let Some(cursor) = body["next_cursor"].as_str() else { return Ok(cases) };
        path = format!("{first_page}&cursor={cursor}");
    }
    cases.push(case("calls, after 10,000 others", path));
    Ok(cases)
}

async fn get(client: &mut Client, path: &str) -> anyhow::Result<(Duration, Bytes)> {
    let request = client.get(path)?;
    let started = Instant::now();
    let response = client.send(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    let elapsed = started.elapsed();
    ensure!(status == StatusCode::OK, "{path}: {status} {}", String::from_utf8_lossy(&body));
    Ok((elapsed, body))
}

/// Makes new connections explain every statement, and requests each endpoint once.
async fn keep_plans(
    arguments: &Arguments,
    cases: &[ReadCase],
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
    // The settings are known only after the library is loaded.
    database.batch_execute("load 'auto_explain'").await?;
    for (setting, value) in settings {
        database.batch_execute(&format!("alter database {name} set {setting} = '{value}'")).await?;
    }
    let explained = explain(arguments, cases, folder, &database, log).await;
    for (setting, _) in settings {
        database.batch_execute(&format!("alter database {name} reset {setting}")).await?;
    }
    end_other_connections(&database).await?;
    explained
}

async fn explain(
    arguments: &Arguments,
    cases: &[ReadCase],
    folder: &Path,
    database: &tokio_postgres::Client,
    log: &Path,
) -> anyhow::Result<()> {
    end_other_connections(database).await?;
    let mut client = Client::connect(&arguments.address, &arguments.key).await?;
    for case in cases {
        let before = std::fs::metadata(log)?.len();
        // A failed request has no plan or an incomplete one.
        let _ = get(&mut client, &case.path).await;
        let text = std::fs::read(log)?;
        let added = text.get(usize::try_from(before)?..).unwrap_or_default();
        let name: String =
            case.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        std::fs::write(folder.join(format!("{name}.txt")), added)?;
    }
    Ok(())
}

/// The API's pool then opens new ones.
async fn end_other_connections(database: &tokio_postgres::Client) -> anyhow::Result<()> {
    let sql = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    database.query(sql, &[]).await?;
    Ok(())
}
