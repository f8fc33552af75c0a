//! Clients: each has one connection and sends its next call when the last is answered.

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

#[derive(Clone)]
pub(crate) struct Target {
    pub address: SocketAddr,
    pub key: String,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// To the last byte of a plain answer.
    Plain,
    /// To the first byte of a stream's body.
    FirstByte,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::FirstByte => "stream, first byte",
        })
    }
}

pub(crate) struct Sample {
    pub p50: Duration,
    pub p99: Duration,
}

impl Sample {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
        Self { p50: at(50), p99: at(99) }
    }
}

struct Client {
    sender: SendRequest<Full<Bytes>>,
    key: String,
}

impl Client {
    async fn connect(target: &Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        #[expect(clippy::disallowed_methods, reason = "the client's half of its connection")]
        tokio::spawn(connection);
        Ok(Self { sender, key: target.key.clone() })
    }

    async fn call(&mut self, kind: Kind) -> anyhow::Result<Duration> {
        let body = json!({
            "model": "gpt-4o-mini", "stream": matches!(kind, Kind::FirstByte),
            "messages": [{"role": "user", "content": "How much is a token?"}]
        });
        let request = Request::post("/v1/chat/completions")
            .header(header::HOST, "localhost")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(body.to_string()))?;
        let started = Instant::now();
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        ensure!(response.status().is_success(), "the answer was {}", response.status());
        let mut body = response.into_body();
        let first = body.frame().await.context("an answer without a body")??;
        let first_at = started.elapsed();
        drop(first);
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok(if matches!(kind, Kind::FirstByte) { first_at } else { started.elapsed() })
    }
}

/// `calls` calls, shared among `clients`.
pub(crate) async fn run(
    target: &Target,
    kind: Kind,
    clients: usize,
    calls: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let mut client = Client::connect(target).await?;
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(calls / clients);
            for _ in 0..calls / clients {
                times.push(client.call(kind).await?);
            }
            anyhow::Ok(times)
        });
    }
    let mut all = Vec::new();
    while let Some(times) = tasks.join_next().await {
        all.extend(times??);
    }
    Ok(all)
}

/// Calls per second of `clients` that never pause.
pub(crate) async fn saturate(target: &Target, clients: usize, time: Duration) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let mut client = Client::connect(target).await?;
        tasks.spawn(async move {
            let mut calls = 0u32;
            while started.elapsed() < time {
                client.call(Kind::Plain).await?;
                calls += 1;
            }
            anyhow::Ok(calls)
        });
    }
    let mut calls = 0;
    while let Some(count) = tasks.join_next().await {
        calls += count??;
    }
    Ok(f64::from(calls) / started.elapsed().as_secs_f64())
}
