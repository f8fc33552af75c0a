//! One call as an application makes it, over a connection of its own, and what came of it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::rng::Rng;

/// Far above what any call takes: one that reaches it got no answer and no end of its connection either.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Stream,
    Embedding,
}

/// A call to be made. Its tag names it everywhere: it is its label in the ledger and its name in the mock's counters.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) tag: String,
    path: &'static str,
    body: Value,
    hang_up_after: Option<Duration>,
}

/// What the caller was left with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A whole 2xx answer, with the tokens it told of.
    Answered(Option<Tokens>),
    /// A whole error answer.
    Refused(StatusCode),
    /// The connection broke, before or inside the answer.
    Broken,
    /// The caller itself went away.
    HungUp,
    /// Neither an answer nor an end.
    Stuck,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) input: i64,
    pub(crate) output: i64,
}

/// A call that was sent.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) tag: String,
    pub(crate) outcome: Outcome,
    pub(crate) call_id: Option<String>,
}

impl Call {
    pub(crate) fn draw(kind: Kind, tag: String, rng: &mut Rng) -> Self {
        let words = "word ".repeat(usize::try_from(1 + rng.below(120)).unwrap_or(1));
        let mut metadata = json!({"mock_latency_ms": rng.below(30).to_string()});
        if kind == Kind::Stream {
            metadata["mock_chunk_delay_ms"] = rng.below(4).to_string().into();
        }
        if rng.chance(8) {
            metadata["mock_fault"] = ["429-then-ok", "500-then-ok"][usize::from(rng.chance(50))].into();
            metadata["mock_retry_after_ms"] = rng.below(20).to_string().into();
        }
        let stream = kind == Kind::Stream;
        let (path, body) = match kind {
            Kind::Embedding => (
                "/v1/embeddings",
                json!({"model": "text-embedding-3-small", "input": words, "dimensions": 8}),
            ),
            Kind::Plain | Kind::Stream if rng.chance(30) => (
                "/v1/responses",
                json!({"model": "gpt-5.4-mini", "input": words, "stream": stream, "max_output_tokens": 64,
                    "metadata": metadata}),
            ),
            Kind::Plain | Kind::Stream => (
                "/v1/chat/completions",
                json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": words}], "stream": stream,
                    "stream_options": stream.then(|| json!({"include_usage": rng.chance(50)})),
                    "max_completion_tokens": 64, "metadata": metadata}),
            ),
        };
        let hang_up_after = rng.chance(10).then(|| Duration::from_micros(rng.below(60_000)));
        Self { tag, path, body, hang_up_after }
    }

    /// `None` where nothing listened: no call was made.
    pub(crate) async fn make(self, address: SocketAddr, key: &str) -> Option<Made> {
        let socket = TcpStream::connect(address).await.ok()?;
        let mut call_id = None;
        let exchange = self.exchange(socket, key, &mut call_id);
        let outcome = match timeout(self.hang_up_after.unwrap_or(PATIENCE), exchange).await {
            Ok(outcome) => outcome.unwrap_or(Outcome::Broken),
            Err(_) if self.hang_up_after.is_some() => Outcome::HungUp,
            Err(_) => Outcome::Stuck,
        };
        Some(Made { tag: self.tag, outcome, call_id })
    }

    async fn exchange(
        &self,
        socket: TcpStream,
        key: &str,
        call_id: &mut Option<String>,
    ) -> anyhow::Result<Outcome> {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        // Dropped with this call, so that hanging up closes the connection.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let request = Request::post(self.path)
            .header(header::HOST, "chaos")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-user-label", &self.tag)
            .header("x-client-request-id", &self.tag)
            .body(Full::new(Bytes::from(self.body.to_string())))?;
        let response = sender.send_request(request).await?;
        *call_id = header_text(response.headers(), "x-tokenmeter-call-id");
        let (status, is_stream) = (response.status(), is_stream(response.headers()));
        let body = read(response.into_body()).await?;
        if !status.is_success() {
            return Ok(Outcome::Refused(status));
        }
        let body = std::str::from_utf8(&body)?;
        if !is_stream {
            return Ok(Outcome::Answered(tokens(&serde_json::from_str(body)?)));
        }
        let events = body.lines().filter_map(|line| line.strip_prefix("data: "));
        let parsed = events.filter_map(|event| serde_json::from_str::<Value>(event).ok());
        let usage =
            parsed.filter_map(|event| tokens(&event).or_else(|| tokens(&event["response"]))).next_back();
        let is_whole = body.contains("data: [DONE]")
            || body.contains("event: response.completed")
            || body.contains("event: response.incomplete");
        is_whole.then_some(Outcome::Answered(usage)).context("the stream ended before its last event")
    }
}

fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn is_stream(headers: &HeaderMap) -> bool {
    header_text(headers, "content-type").is_some_and(|text| text.starts_with("text/event-stream"))
}

async fn read(mut body: Incoming) -> anyhow::Result<BytesMut> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            whole.extend_from_slice(data);
        }
    }
    Ok(whole)
}

fn tokens(answer: &Value) -> Option<Tokens> {
    let usage = answer.get("usage")?;
    let count = |names: [&str; 2]| names.iter().find_map(|name| usage.get(*name)?.as_i64());
    Some(Tokens {
        input: count(["prompt_tokens", "input_tokens"])?,
        output: count(["completion_tokens", "output_tokens"]).unwrap_or(0),
    })
}
