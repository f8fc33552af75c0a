//! Measures the `chat` binary under a local Runtime API, with the Postgres of `TEST_DATABASE_URL`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Parser, Subcommand};
use lambda_host::{DEPLOYED, Function, FunctionResponse};
use serde_json::json;
use testkit::Harness;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a Markdown table: cold start, memory, latency of a plain call, first byte of a stream
    Measure {
        /// The function's binary
        #[arg(long, default_value = "target/release/chat")]
        binary: PathBuf,
        /// Number of cold starts
        #[arg(long, default_value_t = 20)]
        starts: usize,
        /// Number of calls
        #[arg(long, default_value_t = 10_000)]
        calls: usize,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Command::Measure { binary, starts, calls } = Arguments::parse().command;
    let table = measure(&binary, starts, calls).await?;
    std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes())?;
    Ok(())
}

async fn measure(binary: &Path, starts: usize, calls: usize) -> anyhow::Result<String> {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let (plain, stream) = (event(&key, false), event(&key, true));
    let (mut polls, mut responses, mut memory_at_rest) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..starts {
        let mut function = start(&harness, binary).await?;
        polls.push(function.ready().await?);
        memory_at_rest.push(function.rss_bytes()?);
        invoke(&mut function, &plain).await?;
        responses.push(function.started().elapsed());
    }
    let mut function = start(&harness, binary).await?;
    let (mut plains, mut firsts) = (Vec::with_capacity(calls), Vec::new());
    for _ in 0..calls {
        plains.push(invoke(&mut function, &plain).await?.ended_after);
    }
    for _ in 0..calls.min(200) {
        let response = invoke(&mut function, &stream).await?;
        firsts.push(response.chunks.first().context("an empty stream")?.after);
    }
    let after = function.rss_bytes()?;
    let direct = direct(&harness, calls.min(1_000)).await?;
    let size = std::fs::metadata(binary)?.len();
    Ok(format!(
        "| what | p50 | p99 |\n| --- | --- | --- |\n\
         | exec → first `/next` | {} |\n| exec → first response | {} |\n| plain call, event → complete response | {} |\n\
         | stream, event → first byte of the body | {} |\n| direct call to the mock | {} |\n\
         | RSS at rest | {} MB | |\n| RSS after {calls} calls | {} MB | |\n| binary | {} MB | |\n",
        row(polls),
        row(responses),
        row(plains),
        row(firsts),
        row(direct),
        megabytes(memory_at_rest.iter().copied().max().unwrap_or_default()),
        megabytes(after),
        megabytes(size),
    ))
}

async fn start(harness: &Harness, binary: &Path) -> anyhow::Result<Function> {
    let mut variables = harness.variables("chat", &DEPLOYED);
    variables.insert("RUST_LOG".to_owned(), "warn".to_owned());
    Function::start(binary, variables).await.with_context(|| format!("starting {}", binary.display()))
}

async fn invoke(function: &mut Function, event: &str) -> anyhow::Result<FunctionResponse> {
    let response = function.invoke(event.to_owned(), Duration::from_mins(1)).await?.response().await?;
    anyhow::ensure!(response.status == 200, "{}: {}", response.status, response.text());
    Ok(response)
}

/// The same call, sent directly to the mock.
async fn direct(harness: &Harness, calls: usize) -> anyhow::Result<Vec<Duration>> {
    use http_body_util::{BodyExt, Full};
    use hyper_util::client::legacy::Client;
    use hyper_util::client::legacy::connect::HttpConnector;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(hyper_util::rt::TokioExecutor::new()).build(connector);
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let request = http::Request::post(format!("{}/chat/completions", harness.mock.base_url()))
            .header("authorization", "Bearer sk-mock-of-the-tests")
            .header("content-type", "application/json")
            .body(Full::new(bytes::Bytes::from(completion(false).to_string())))?;
        let started = Instant::now();
        client.request(request).await?.into_body().collect().await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

fn completion(stream: bool) -> serde_json::Value {
    json!({"model": "gpt-4o-mini", "stream": stream, "messages": [{"role": "user", "content": "Say hello in French."}]})
}

fn event(key: &str, stream: bool) -> String {
    let path = "/v1/chat/completions";
    json!({
        "resource": path, "path": path, "httpMethod": "POST",
        "headers": {"Authorization": format!("Bearer {key}"), "Content-Type": "application/json"},
        "requestContext": {"stage": "prod", "httpMethod": "POST"},
        "body": completion(stream).to_string(), "isBase64Encoded": false
    })
    .to_string()
}

/// p50 and p99 in milliseconds, as two cells.
fn row(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |per_cent: usize| {
        times
            .get((times.len() * per_cent / 100).min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    format!("{:.2} ms | {:.2} ms", at(50).as_secs_f64() * 1e3, at(99).as_secs_f64() * 1e3)
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10)
}
