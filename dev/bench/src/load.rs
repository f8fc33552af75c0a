//! Clients: each has one connection and sends its next call when the last is answered.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

#[derive(Clone)]
pub(crate) struct Target {
    pub address: SocketAddr,
    /// Clients take them in turns.
    pub keys: Vec<String>,
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
    /// The `nth` client of a target.
    async fn connect(target: &Target, nth: usize) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        #[expect(clippy::disallowed_methods, reason = "the client's half of its connection")]
        tokio::spawn(connection);
        let key = target.keys.get(nth % target.keys.len().max(1)).context("a target without a key")?;
        Ok(Self { sender, key: key.clone() })
    }

    async fn call(&mut self, kind: Kind) -> anyhow::Result<Duration> {
        let (status, time) = self.answer(kind).await?;
        ensure!(status.is_success(), "the answer was {status}");
        Ok(time)
    }

    async fn answer(&mut self, kind: Kind) -> anyhow::Result<(StatusCode, Duration)> {
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
        let status = response.status();
        let mut body = response.into_body();
        let first = body.frame().await.context("an answer without a body")??;
        let first_at = started.elapsed();
        drop(first);
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok((status, if matches!(kind, Kind::FirstByte) { first_at } else { started.elapsed() }))
    }
}

/// `calls` calls, shared among `clients`.
pub(crate) async fn run(
    target: &Target,
    kind: Kind,
    clients: usize,
    calls: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut tasks = JoinSet::new();
    for nth in 0..clients {
        let mut client = Client::connect(target, nth).await?;
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(calls / clients);
            for _ in 0..calls / clients {
                times.push(client.call(kind).await?);
            }
            anyhow::Ok(times)
        });
    }
    all(tasks).await
}

/// What clients got out of a target, in calls per second and in the time of each.
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

/// Clients that never pause.
pub(crate) async fn saturate(target: &Target, clients: usize, time: Duration) -> anyhow::Result<Throughput> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for nth in 0..clients {
        let mut client = Client::connect(target, nth).await?;
        tasks.spawn(async move {
            let mut times = Vec::new();
            while started.elapsed() < time {
                times.push(client.call(Kind::Plain).await?);
            }
            anyhow::Ok(times)
        });
    }
    Ok(Throughput::since(started, all(tasks).await?))
}

/// Calls that begin on a schedule, whether or not those before them are answered. Each is timed from the instant it was
/// due: a stall is then seen by every call it held up, and not by one.
pub(crate) async fn paced(
    target: &Target,
    clients: usize,
    per_second: u32,
    calls: u32,
) -> anyhow::Result<Throughput> {
    let (due, next) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
    let interval = Duration::from_secs(1) / per_second;
    let mut connected = Vec::new();
    for nth in 0..clients {
        connected.push(Client::connect(target, nth).await?);
    }
    let started = Instant::now();
    let pacer = std::thread::spawn({
        let due = Arc::clone(&due);
        move || {
            // The runtime's own timers tick by the millisecond.
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
                let call = next.fetch_add(1, Ordering::Relaxed);
                if call >= calls {
                    break;
                }
                client.call(Kind::Plain).await?;
                times.push((started + interval * call).elapsed());
                if call + 1 == calls {
                    // Wakes those who wait for a call that will not come.
                    due.add_permits(clients);
                }
            }
            anyhow::Ok(times)
        });
    }
    let times = all(tasks).await?;
    pacer.join().map_err(|_| anyhow::anyhow!("the schedule ended early"))?;
    Ok(Throughput::since(started, times))
}

/// How many of `calls` calls were let through, and how many refused with 429.
pub(crate) async fn exhaust(target: &Target, clients: usize, calls: usize) -> anyhow::Result<(usize, usize)> {
    let mut tasks = JoinSet::new();
    for nth in 0..clients {
        let mut client = Client::connect(target, nth).await?;
        tasks.spawn(async move {
            let mut statuses = Vec::new();
            for _ in 0..calls / clients {
                statuses.push(client.answer(Kind::Plain).await?.0);
            }
            anyhow::Ok(statuses)
        });
    }
    let statuses = all(tasks).await?;
    let passed = statuses.iter().filter(|status| status.is_success()).count();
    let refused = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    ensure!(passed + refused == statuses.len(), "some answers were neither 2xx nor 429");
    Ok((passed, refused))
}

async fn all<T: 'static>(mut tasks: JoinSet<anyhow::Result<Vec<T>>>) -> anyhow::Result<Vec<T>> {
    let mut all = Vec::new();
    while let Some(one) = tasks.join_next().await {
        all.extend(one??);
    }
    Ok(all)
}
