//! Sends a body frame by frame, and counts what was sent.

use std::convert::Infallible;
use std::future::pending;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::vec;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::frames::Frame;
use crate::breaker::Breaker;
use crate::call::Call;

struct Sender {
    frames: vec::IntoIter<Frame>,
    call: Call,
    breaker: Breaker,
    /// The connection is reset behind the last frame, in place of a clean end.
    resets: bool,
    /// Each frame in a write of its own.
    flushes: bool,
    /// Each frame behind a comment that tells when it was sent.
    stamps: bool,
}

pub(super) fn streamed(
    frames: Vec<Frame>,
    call: Call,
    breaker: Breaker,
    resets: bool,
    flushes: bool,
    stamps: bool,
) -> Body {
    let sender = Sender { frames: frames.into_iter(), call, breaker, resets, flushes, stamps };
    Body::from_stream(stream::unfold(sender, send_next))
}

async fn send_next(mut sender: Sender) -> Option<(Result<Bytes, Infallible>, Sender)> {
    if sender.flushes {
        tokio::task::yield_now().await;
    }
    let Some(frame) = sender.frames.next() else {
        if sender.resets {
            // Lets what was written leave the socket before the reset overtakes it.
            tokio::time::sleep(Duration::from_millis(5)).await;
            sender.call.aborted();
            sender.breaker.0.notify_one();
            pending::<()>().await;
        }
        return None;
    };
    if !frame.pause.is_zero() {
        tokio::time::sleep(frame.pause).await;
    }
    if frame.reports_usage {
        sender.call.usage_sent();
    }
    // Counted with the last frame, not behind it: a reader may stop at `[DONE]` and look at the counters.
    if sender.frames.len() == 0 && !sender.resets {
        sender.call.answered();
    }
    let bytes = if sender.stamps { stamped(&frame.bytes) } else { frame.bytes };
    Some((Ok(bytes), sender))
}

fn stamped(frame: &[u8]) -> Bytes {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut bytes = format!(": sent {}\n\n", now.as_micros()).into_bytes();
    bytes.extend_from_slice(frame);
    bytes.into()
}
