//! How long each event of a stream takes from the provider's write to the caller's read. Comments from the provider say
//! when it wrote; all processes share one clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use http_body_util::BodyExt;
use serde_json::json;

use crate::client::Client;
use crate::load::LoadTarget;

/// Long enough that no two events share a write.
const EVENT_INTERVAL_MS: &str = "3";
/// Not measured: the end waits for the settlement, and the event before it may share its write.
const LAST_EVENTS: usize = 3;

/// The delays of all events except the first, which waits for admission, and the last.
pub(crate) async fn event_delays(target: &LoadTarget, streams: usize) -> anyhow::Result<Vec<Duration>> {
    let mut client = target.connect(0).await?;
    let mut delays = Vec::new();
    for _ in 0..streams {
        let mut stream = delays_of_one(&mut client).await?;
        ensure!(stream.len() > 2 * LAST_EVENTS, "the provider stamped only {} events", stream.len());
        stream.truncate(stream.len() - LAST_EVENTS);
        delays.extend(stream.into_iter().skip(1));
    }
    Ok(delays)
}

async fn delays_of_one(client: &mut Client) -> anyhow::Result<Vec<Duration>> {
    let body = json!({
        "model": "gpt-4o-mini", "stream": true,
        "messages": [{"role": "user", "content": "How much is a token?"}],
        "metadata": {
            "mock_stamped": "true", "mock_chunk_delay_ms": EVENT_INTERVAL_MS, "mock_completion_tokens": "40",
        }
    });
    let request = client.post("/v1/chat/completions", &body)?;
    let mut body = client.send(request).await?.into_body();
    let mut delays = Vec::new();
    while let Some(frame) = body.frame().await {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
        let Ok(data) = frame?.into_data() else { continue };
        for stamp in stamps(&String::from_utf8_lossy(&data)) {
            delays.push(now.saturating_sub(stamp));
        }
    }
    Ok(delays)
}

fn stamps(text: &str) -> Vec<Duration> {
    let parse = |rest: &str| rest.split('\n').next()?.parse().ok().map(Duration::from_micros);
    text.split(": sent ").skip(1).filter_map(parse).collect()
}
