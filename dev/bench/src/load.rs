//! Load: each client has one connection and sends its next call after the response to the last.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::sample::Sample;

/// The model of the route that [`crate::stack::Stack`] creates.
pub(crate) const MODEL_ROUTE: &str = "fast";

#[derive(Clone)]
pub(crate) struct LoadTarget {
    pub address: SocketAddr,
    /// Clients take turns with the keys.
    pub keys: Vec<String>,
    /// The provider itself, without Tokenmeter.
    pub is_provider: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum CallKind {
    /// A plain call, to the last byte of the response.
    Plain,
    /// The same to Anthropic.
    Message,
    /// The same to Google.
    Content,
    /// The same to Amazon Bedrock, signed by the API.
    Converse,
    /// A plain call to a model route, whose first upstream answers.
    Routed,
    /// A stream, to the first byte of the body.
    FirstByte,
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Message => "plain, Anthropic's format",
            Self::Content => "plain, Gemini's format",
            Self::Converse => "plain, Bedrock's format",
            Self::Routed => "plain, to a model route",
            Self::FirstByte => "stream, first byte",
        })
    }
}

impl CallKind {
    fn path(self, is_provider: bool) -> &'static str {
        match self {
            Self::Plain | Self::Routed | Self::FirstByte => "/v1/chat/completions",
            Self::Message => "/v1/messages",
            Self::Content => "/v1beta/models/gemini-3.5-flash:generateContent",
            Self::Converse if is_provider => "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
            Self::Converse => "/bedrock/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
        }
    }

    fn body(self, is_provider: bool) -> Value {
        let text = "How much is a token?";
        match self {
            Self::Plain | Self::Routed | Self::FirstByte => json!({
                "model": if matches!(self, Self::Routed) && !is_provider { MODEL_ROUTE } else { "gpt-4o-mini" },
                "stream": matches!(self, Self::FirstByte),
                "messages": [{"role": "user", "content": text}]
            }),
            Self::Converse => json!({"messages": [{"role": "user", "content": [{"text": text}]}]}),
            Self::Message => json!({
                "model": "claude-haiku-4-5", "max_tokens": 100, "messages": [{"role": "user", "content": text}]
            }),
            Self::Content => json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
        }
    }
}

impl LoadTarget {
    /// The `nth` client.
    pub(crate) async fn connect(&self, nth: usize) -> anyhow::Result<Client> {
        let key = self.keys.get(nth % self.keys.len().max(1)).context("a target without a key")?;
        let mut client = Client::connect(self.address, key).await?;
        client.is_provider = self.is_provider;
        Ok(client)
    }
}

async fn call(client: &mut Client, kind: CallKind) -> anyhow::Result<Duration> {
    let (status, time) = try_call(client, kind).await?;
    ensure!(status.is_success(), "the response was {status}");
    Ok(time)
}

async fn try_call(client: &mut Client, kind: CallKind) -> anyhow::Result<(StatusCode, Duration)> {
    let request = client.post(kind.path(client.is_provider), &kind.body(client.is_provider))?;
    let started = Instant::now();
    let response = client.send(request).await?;
    let status = response.status();
    let mut body = response.into_body();
    let first = body.frame().await.context("a response without a body")??;
    let first_at = started.elapsed();
    drop(first);
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok((status, if matches!(kind, CallKind::FirstByte) { first_at } else { started.elapsed() }))
}

/// Makes `calls` calls, divided among `clients`.
pub(crate) async fn run(
    target: &LoadTarget,
    kind: CallKind,
    clients: usize,
    calls: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut tasks = JoinSet::new();
    for nth in 0..clients {
        let mut client = target.connect(nth).await?;
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(calls / clients);
            for _ in 0..calls / clients {
                times.push(call(&mut client, kind).await?);
            }
            anyhow::Ok(times)
        });
    }
    all(tasks).await
}

/// Calls per second, and the time of each call.
pub(crate) struct Throughput {
    pub calls: usize,
    pub per_second: f64,
    pub times: Sample,
}

impl Throughput {
    #[expect(clippy::cast_precision_loss, reason = "a rate is shown in whole calls")]
    fn since(started: Instant, times: Vec<Duration>) -> Self {
        let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
        Self { calls: times.len(), per_second, times: Sample::of(times) }
    }
}

/// Clients that call without pause.
pub(crate) async fn saturate(
    target: &LoadTarget,
    clients: usize,
    time: Duration,
) -> anyhow::Result<Throughput> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for nth in 0..clients {
        let mut client = target.connect(nth).await?;
        tasks.spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < time {
                times.push(call(&mut client, CallKind::Plain).await?);
            }
            anyhow::Ok(times)
        });
    }
    Ok(Throughput::since(started, all(tasks).await?))
}

/// Starts calls on a schedule, whether or not earlier ones have ended. Each is timed from the instant it was due, so
/// that a stall shows in every call that it delays.
pub(crate) async fn paced(
    target: &LoadTarget,
    clients: usize,
    per_second: u32,
    calls: u32,
) -> anyhow::Result<Throughput> {
    let (due, next) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
    let interval = Duration::from_secs(1) / per_second;
    let mut connected = Vec::new();
    for nth in 0..clients {
        connected.push(target.connect(nth).await?);
    }
    let started = Instant::now();
    let pacer = std::thread::spawn({
        let due = Arc::clone(&due);
        move || {
            // The runtime's timers have a resolution of a millisecond.
            for call in 0..calls {
                std::thread::sleep((started + interval * call).saturating_duration_since(Instant::now()));
                due.add_permits(1);
            }
        }
    });
    let mut tasks = JoinSet::new();
    for mut client in connected {
        let (due, next) = (Arc::clone(&due), Arc::clone(&next));
        tasks.spawn(async move {
            let mut times = Vec::new();
            while next.load(Ordering::Relaxed) < calls {
                due.acquire().await?.forget();
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth >= calls {
                    break;
                }
                call(&mut client, CallKind::Plain).await?;
                times.push((started + interval * nth).elapsed());
                if nth + 1 == calls {
                    // Wakes the clients that still wait for a call.
                    due.add_permits(clients);
                }
            }
            anyhow::Ok(times)
        });
    }
    let times = all(tasks).await?;
    pacer.join().map_err(|_| anyhow::anyhow!("the pacer thread panicked"))?;
    Ok(Throughput::since(started, times))
}

/// How many of `calls` calls were accepted, and how many refused with 429.
pub(crate) async fn exhaust(
    target: &LoadTarget,
    clients: usize,
    calls: usize,
) -> anyhow::Result<(usize, usize)> {
    let mut tasks = JoinSet::new();
    for nth in 0..clients {
        let mut client = target.connect(nth).await?;
        tasks.spawn(async move {
            let mut statuses = Vec::new();
            for _ in 0..calls / clients {
                statuses.push(try_call(&mut client, CallKind::Plain).await?.0);
            }
            anyhow::Ok(statuses)
        });
    }
    let statuses = all(tasks).await?;
    let accepted = statuses.iter().filter(|status| status.is_success()).count();
    let refused = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    ensure!(accepted + refused == statuses.len(), "some responses were neither 2xx nor 429");
    Ok((accepted, refused))
}

async fn all<T: 'static>(mut tasks: JoinSet<anyhow::Result<Vec<T>>>) -> anyhow::Result<Vec<T>> {
    let mut all = Vec::new();
    while let Some(one) = tasks.join_next().await {
        all.extend(one??);
    }
    Ok(all)
}
