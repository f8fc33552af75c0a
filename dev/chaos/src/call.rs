//! One call as an application makes it, over its own connection, and its outcome.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use bytes::{Bytes, BytesMut};
use fastrand::Rng;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::random::{below, chance};

/// Far longer than any call takes. A call that reaches it got neither a response nor a closed connection.
const CALL_TIMEOUT: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    Plain,
    Stream,
    Embedding,
    /// Work that the provider goes on with after its response. The caller asks for the result until it is there.
    Background,
}

/// A call to make. Its tag identifies it everywhere: as label in the ledger and as tag in the mock's counters.
#[derive(Debug)]
pub(crate) struct PlannedCall {
    pub(crate) tag: String,
    path: &'static str,
    is_background: bool,
    body: Value,
    hang_up_after: Option<Duration>,
}

/// What the caller received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallOutcome {
    /// A complete 2xx response with its reported tokens.
    Answered(Option<TokenCounts>),
    /// A complete error response.
    Refused(StatusCode),
    /// The connection broke before or during the response.
    Broken,
    /// The caller disconnected.
    HungUp,
    /// Neither a response nor a closed connection.
    Stuck,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TokenCounts {
    pub(crate) input: i64,
    pub(crate) output: i64,
}

/// A call that was sent.
#[derive(Debug)]
pub(crate) struct SentCall {
    pub(crate) tag: String,
    pub(crate) outcome: CallOutcome,
    pub(crate) call_id: Option<String>,
}

impl PlannedCall {
    pub(crate) fn draw(kind: CallKind, tag: String, rng: &mut Rng) -> Self {
        let words = "word ".repeat(usize::try_from(1 + rng.u64(..120)).unwrap_or(1));
        let mut metadata = json!({"mock_latency_ms": rng.u64(..30).to_string()});
        if kind == CallKind::Stream {
            metadata["mock_chunk_delay_ms"] = rng.u64(..4).to_string().into();
        }
        if chance(rng, 8) {
            metadata["mock_fault"] = ["429-then-ok", "500-then-ok"][usize::from(chance(rng, 50))].into();
            metadata["mock_retry_after_ms"] = rng.u64(..20).to_string().into();
        }
        let stream = kind == CallKind::Stream;
        let (path, body) = match kind {
            CallKind::Embedding => (
                "/v1/embeddings",
                json!({"model": "text-embedding-3-small", "input": words, "dimensions": 8}),
            ),
            CallKind::Background => {
                metadata["mock_background_polls"] = rng.u64(..3).to_string().into();
                (
                    "/v1/responses",
                    json!({"model": "gpt-5.4-mini", "input": words, "background": true, "stream": chance(rng, 30),
                        "max_output_tokens": 64, "metadata": metadata}),
                )
            }
            CallKind::Plain | CallKind::Stream if chance(rng, 30) => (
                "/v1/responses",
                json!({"model": "gpt-5.4-mini", "input": words, "stream": stream, "max_output_tokens": 64,
                    "metadata": metadata}),
            ),
            CallKind::Plain | CallKind::Stream => (
                "/v1/chat/completions",
                json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": words}], "stream": stream,
                    "stream_options": stream.then(|| json!({"include_usage": chance(rng, 50)})),
                    "max_completion_tokens": 64, "metadata": metadata}),
            ),
        };
        let hang_up_after = chance(rng, 10).then(|| below(rng, Duration::from_millis(60)));
        Self { tag, path, is_background: kind == CallKind::Background, body, hang_up_after }
    }

    /// Sends the call. `None` if no connection was accepted, so nothing was sent.
    pub(crate) async fn send(self, address: SocketAddr, key: &str) -> Option<SentCall> {
        let socket = TcpStream::connect(address).await.ok()?;
        let mut call_id = None;
        let exchange = self.exchange(socket, key, &mut call_id);
        let outcome = match timeout(self.hang_up_after.unwrap_or(CALL_TIMEOUT), exchange).await {
            Ok(outcome) => outcome.unwrap_or(CallOutcome::Broken),
            Err(_) if self.hang_up_after.is_some() => CallOutcome::HungUp,
            Err(_) => CallOutcome::Stuck,
        };
        Some(SentCall { tag: self.tag, outcome, call_id })
    }

    async fn exchange(
        &self,
        socket: TcpStream,
        key: &str,
        call_id: &mut Option<String>,
    ) -> anyhow::Result<CallOutcome> {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket)).await?;
        // Dropped with this future, so that hanging up closes the connection.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let request = self.request(Method::POST, self.path, key, self.body.to_string())?;
        let response = sender.send_request(request).await?;
        *call_id = header_text(response.headers(), "x-tokenmeter-call-id");
        let (status, is_stream) = (response.status(), is_stream(response.headers()));
        let body = read(response.into_body()).await?;
        if !status.is_success() {
            return Ok(CallOutcome::Refused(status));
        }
        let body = std::str::from_utf8(&body)?;
        if !is_stream {
            let mut answer: Value = serde_json::from_str(body)?;
            while self.is_background && matches!(answer["status"].as_str(), Some("queued" | "in_progress")) {
                let path =
                    format!("{}/{}", self.path, answer["id"].as_str().context("a response without id")?);
                sender.ready().await?;
                let retrieved =
                    sender.send_request(self.request(Method::GET, &path, key, String::new())?).await?;
                // A response that is not there is one that a crashed database forgot.
                anyhow::ensure!(retrieved.status().is_success(), "the retrieval was refused");
                answer = serde_json::from_slice(&read(retrieved.into_body()).await?)?;
            }
            return Ok(CallOutcome::Answered(tokens(&answer)));
        }
        let events = body.lines().filter_map(|line| line.strip_prefix("data: "));
        let parsed = events.filter_map(|event| serde_json::from_str::<Value>(event).ok());
        let usage =
            parsed.filter_map(|event| tokens(&event).or_else(|| tokens(&event["response"]))).next_back();
        let is_whole = body.contains("data: [DONE]")
            || body.contains("event: response.completed")
            || body.contains("event: response.incomplete");
        is_whole.then_some(CallOutcome::Answered(usage)).context("the stream ended before its last event")
    }
}

impl PlannedCall {
    fn request(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: String,
    ) -> http::Result<Request<Full<Bytes>>> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "chaos")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-user-label", &self.tag)
            .header("x-client-request-id", &self.tag)
            .body(Full::new(Bytes::from(body)))
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

fn tokens(response: &Value) -> Option<TokenCounts> {
    let usage = response.get("usage")?;
    let count = |names: [&str; 2]| names.iter().find_map(|name| usage.get(*name)?.as_i64());
    Some(TokenCounts {
        input: count(["prompt_tokens", "input_tokens"])?,
        output: count(["completion_tokens", "output_tokens"]).unwrap_or(0),
    })
}
