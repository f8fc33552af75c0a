//! Cold starts and calls of a function binary, as a table.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use lambda_host::deployed::Deployment;
use lambda_host::{DEPLOYED, Function, FunctionResponse};
use mock_provider::MockProvider;
use serde_json::json;
use testkit::Harness;

const LOG: (&str, &str) = ("RUST_LOG", "warn");

/// What is measured, and what it is started with.
struct Subject<'a> {
    binary: &'a Path,
    variables: BTreeMap<String, String>,
    key: String,
    mock: &'a MockProvider,
}

/// With a database of `TEST_DATABASE_URL`, without TLS and secrets.
pub(crate) async fn locally(binary: &Path, starts: usize, calls: usize) -> anyhow::Result<String> {
    let harness = Harness::start().await;
    let variables = harness.variables("chat", &[&DEPLOYED[..], &[LOG]].concat());
    let key = harness.key().create().await;
    Subject { binary, variables, key, mock: &harness.mock }.measure(starts, calls).await
}

/// With all that a deployment has around its functions.
pub(crate) async fn in_production(binary: &Path, starts: usize, calls: usize) -> anyhow::Result<String> {
    let deployment = Deployment::start().await;
    let deployment = deployment.context("this Postgres was built without LDAP, which checks the tokens")?;
    let key = deployment.migrate_and_create_key().await;
    let variables = deployment.variables("chat", &[LOG]);
    Subject { binary, variables, key, mock: &deployment.mock }.measure(starts, calls).await
}

impl Subject<'_> {
    async fn measure(&self, starts: usize, calls: usize) -> anyhow::Result<String> {
        let (plain, stream) = (event(&self.key, false), event(&self.key, true));
        let (mut polls, mut responses, mut memory_at_rest) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..starts {
            let mut function = self.start().await?;
            polls.push(function.ready().await?);
            memory_at_rest.push(function.rss_bytes()?);
            invoke(&mut function, &plain).await?;
            responses.push(function.started().elapsed());
        }
        let mut function = self.start().await?;
        let (mut plains, mut firsts) = (Vec::with_capacity(calls), Vec::new());
        for _ in 0..calls {
            plains.push(invoke(&mut function, &plain).await?.ended_after);
        }
        for _ in 0..calls.min(200) {
            let response = invoke(&mut function, &stream).await?;
            firsts.push(response.chunks.first().context("an empty stream")?.after);
        }
        let after = function.rss_bytes()?;
        let direct = direct(self.mock, calls.min(1_000)).await?;
        let size = std::fs::metadata(self.binary)?.len();
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

    async fn start(&self) -> anyhow::Result<Function> {
        Function::start(self.binary, &self.variables)
            .await
            .with_context(|| format!("starting {}", self.binary.display()))
    }
}

async fn invoke(function: &mut Function, event: &str) -> anyhow::Result<FunctionResponse> {
    let response = function.invoke(event.to_owned(), Duration::from_mins(1)).await?.response().await?;
    anyhow::ensure!(response.status == 200, "{}: {}", response.status, response.text());
    Ok(response)
}

/// The same call, sent directly to the mock.
async fn direct(mock: &MockProvider, calls: usize) -> anyhow::Result<Vec<Duration>> {
    use http_body_util::{BodyExt, Full};
    use hyper_util::client::legacy::Client;
    use hyper_util::client::legacy::connect::HttpConnector;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Client::builder(hyper_util::rt::TokioExecutor::new()).build(connector);
    let mut times = Vec::with_capacity(calls);
    for _ in 0..calls {
        let request = http::Request::post(format!("{}/chat/completions", mock.base_url()))
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
