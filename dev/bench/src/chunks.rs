//! How long each event of a stream is on its way, from the provider's write to the caller's read. The provider's comments
//! tell when it wrote; all processes share one clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;

use crate::load::Target;

/// Apart, so that no two events share a write.
const APART_MS: &str = "3";
/// Behind the last piece of text: the end waits for the settlement, and the piece before it may share its write.
const LAST_EVENTS: usize = 3;

/// The times of all events but the first, which waits for admission, and the last.
pub(crate) async fn run(target: &Target, streams: usize) -> anyhow::Result<Vec<Duration>> {
    let socket = TcpStream::connect(target.address).await?;
    socket.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(socket)).await?;
    #[expect(clippy::disallowed_methods, reason = "the client's half of its connection")]
    tokio::spawn(connection);
    let body = json!({
        "model": "gpt-4o-mini", "stream": true, "messages": [{"role": "user", "content": "How much is a token?"}],
        "metadata": {"mock_stamped": "true", "mock_chunk_delay_ms": APART_MS, "mock_completion_tokens": "40"}
    })
    .to_string();
    let key = target.keys.first().context("a target without a key")?;
    let mut times = Vec::new();
    for _ in 0..streams {
        let request = Request::post("/v1/chat/completions")
            .header(header::HOST, "localhost")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::<Bytes>::from(body.clone()))?;
        sender.ready().await?;
        let mut body = sender.send_request(request).await?.into_body();
        let mut waits = Vec::new();
        while let Some(frame) = body.frame().await {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let Ok(data) = frame?.into_data() else { continue };
            for stamp in stamps(&String::from_utf8_lossy(&data)) {
                waits.push(now.saturating_sub(stamp));
            }
        }
        anyhow::ensure!(waits.len() > 2 * LAST_EVENTS, "the provider stamped {} events", waits.len());
        waits.truncate(waits.len() - LAST_EVENTS);
        times.extend(waits.into_iter().skip(1));
    }
    Ok(times)
}

fn stamps(text: &str) -> Vec<Duration> {
    let parse = |rest: &str| rest.split('\n').next()?.parse().ok().map(Duration::from_micros);
    text.split(": sent ").skip(1).filter_map(parse).collect()
}
