//! Sends a body frame by frame and counts what was sent.

use std::convert::Infallible;
use std::future::pending;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::vec;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;

use super::frames::Frame;
use crate::call::TrackedCall;
use crate::reset::ResetHandle;

/// What follows the last frame.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyEnding {
    Proper,
    /// The connection is reset.
    Reset,
    /// Nothing: the connection stays open.
    Open,
}

/// How the frames are sent.
#[derive(Clone, Copy)]
pub(super) struct Delivery {
    pub(super) ending: BodyEnding,
    /// Send each frame in a separate write.
    pub(super) flushes: bool,
    /// Precede each frame with a comment that says when it was sent.
    pub(super) stamps: bool,
}

struct Sender {
    frames: vec::IntoIter<Frame>,
    call: TrackedCall,
    reset: ResetHandle,
    delivery: Delivery,
}

pub(super) fn streamed(
    frames: Vec<Frame>,
    call: TrackedCall,
    reset: ResetHandle,
    delivery: Delivery,
) -> Body {
    let sender = Sender { frames: frames.into_iter(), call, reset, delivery };
    Body::from_stream(stream::unfold(sender, send_next))
}

async fn send_next(mut sender: Sender) -> Option<(Result<Bytes, Infallible>, Sender)> {
    if sender.delivery.flushes {
        tokio::task::yield_now().await;
    }
    let Some(frame) = sender.frames.next() else {
        if sender.delivery.ending == BodyEnding::Open {
            pending::<()>().await;
        }
        if sender.delivery.ending == BodyEnding::Reset {
            // Lets written data leave the socket before the reset discards it.
            tokio::time::sleep(Duration::from_millis(5)).await;
            sender.call.abort();
            sender.reset.reset();
            pending::<()>().await;
        }
        return None;
    };
    if !frame.pause.is_zero() {
        tokio::time::sleep(frame.pause).await;
    }
    if frame.reports_usage {
        sender.call.mark_usage_sent();
    }
    // Counted before the last frame is sent, because a reader may stop at `[DONE]` and read the counters.
    if sender.frames.len() == 0 && sender.delivery.ending != BodyEnding::Reset {
        sender.call.finish();
    }
    let bytes = if sender.delivery.stamps { stamped(&frame.bytes) } else { frame.bytes };
    Some((Ok(bytes), sender))
}

fn stamped(frame: &[u8]) -> Bytes {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut bytes = format!(": sent {}\n\n", now.as_micros()).into_bytes();
    bytes.extend_from_slice(frame);
    bytes.into()
}
