//! What comes back from the provider: a response's head, its body as it arrives, or the reason there is none.

use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use domain::usage::Usage;
use http::{HeaderMap, StatusCode};
use tokio::time::timeout_at;

use crate::decode::Decoder;
use crate::redact::Redactor;
use crate::retry::parse_retry_after;

/// The largest response that is buffered in memory.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// The provider's final response, success or error, and what it took to get it.
pub struct UpstreamResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub attempts: u32,
    /// Tokens reported by failed attempts.
    pub retried: Usage,
    /// Whether an attempt that failed without reporting what it used may be billed all the same.
    pub may_be_billed: bool,
    pub(super) waited: Duration,
    pub(super) body: Body,
}

pub(super) enum Body {
    Buffered(Bytes),
    Incoming(Box<IncomingBody>),
}

/// A body as it comes over the wire, decoded and without our key.
pub(super) struct IncomingBody {
    response: reqwest::Response,
    /// Read ahead.
    peeked: Option<Bytes>,
    decoder: Option<Decoder>,
    redactor: Redactor,
}

impl IncomingBody {
    pub(super) fn new(response: reqwest::Response, decoder: Option<Decoder>, redactor: Redactor) -> Self {
        Self { response, peeked: None, decoder, redactor }
    }
}

/// No response arrived, or it broke off.
#[derive(Debug, thiserror::Error)]
#[error("the provider did not respond after {attempts} attempts")]
pub struct UpstreamFailure {
    pub kind: UpstreamFailureKind,
    pub attempts: u32,
    pub retried: Usage,
    /// Whether the provider may have worked on the request.
    pub may_be_billed: bool,
    /// Time spent waiting for the provider: all attempts and the pauses between them.
    pub waited: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum UpstreamFailureKind {
    /// The request was never sent, so it cannot have cost anything.
    #[error("could not connect to the provider")]
    Unreachable(#[source] reqwest::Error),
    /// The request was sent before the connection broke: the provider may bill it.
    #[error("the connection to the provider broke")]
    Interrupted(#[source] reqwest::Error),
    #[error("the provider did not respond in time")]
    Timeout,
    #[error("the response is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    #[error("the response cannot be decompressed")]
    Undecodable(#[source] std::io::Error),
    /// Nothing was sent, because this deployment has no provider key.
    #[error("no provider key is set")]
    NoKey,
}

impl UpstreamFailureKind {
    /// Classifies an error of sending a request.
    pub(super) fn of_send(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() {
            Self::Unreachable(error)
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Interrupted(error)
        }
    }
}

impl Body {
    pub(super) fn buffered(&self) -> Option<&Bytes> {
        match self {
            Self::Buffered(body) => Some(body),
            Self::Incoming(_) => None,
        }
    }
}

impl UpstreamResponse {
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Time spent waiting for the provider until the response's head arrived.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Reads the whole body.
    pub async fn read(self, deadline: Instant) -> Result<Bytes, UpstreamFailureKind> {
        match self.body {
            Body::Buffered(body) => Ok(body),
            Body::Incoming(body) => read_whole(*body, deadline).await,
        }
    }

    /// The next chunk of the body; `None` at its end.
    pub async fn chunk(&mut self, deadline: Instant) -> Result<Option<Bytes>, UpstreamFailureKind> {
        match &mut self.body {
            Body::Buffered(body) => Ok(Some(std::mem::take(body)).filter(|body| !body.is_empty())),
            Body::Incoming(body) => body.chunk(deadline).await,
        }
    }
}

pub(super) async fn read_whole(
    mut body: IncomingBody,
    deadline: Instant,
) -> Result<Bytes, UpstreamFailureKind> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = body.chunk(deadline).await? {
        if whole.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(UpstreamFailureKind::TooLarge);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

impl IncomingBody {
    /// Reads the first chunk ahead.
    pub(super) async fn peek(&mut self, deadline: Instant) -> Result<(), UpstreamFailureKind> {
        if self.peeked.is_none() {
            self.peeked = self.chunk(deadline).await?;
        }
        Ok(())
    }

    /// Never empty: a chunk of which nothing can be passed on yet is not the end.
    async fn chunk(&mut self, deadline: Instant) -> Result<Option<Bytes>, UpstreamFailureKind> {
        if let Some(chunk) = self.peeked.take() {
            return Ok(Some(chunk));
        }
        loop {
            let received = timeout_at(deadline.into(), self.response.chunk())
                .await
                .map_err(|_| UpstreamFailureKind::Timeout)?
                .map_err(|error| UpstreamFailureKind::Interrupted(error.without_url()))?;
            let is_end = received.is_none();
            let decoded = match (&mut self.decoder, received) {
                (None, received) => received.unwrap_or_default(),
                (Some(decoder), Some(chunk)) => {
                    decoder.push(&chunk).map_err(UpstreamFailureKind::Undecodable)?
                }
                (Some(decoder), None) => {
                    let rest = decoder.finish().map_err(UpstreamFailureKind::Undecodable)?;
                    self.decoder = None;
                    rest
                }
            };
            let mut chunk = self.redactor.push(decoded);
            if is_end {
                let held = self.redactor.finish();
                chunk = if chunk.is_empty() { held } else { [chunk, held].concat().into() };
            }
            if is_end || !chunk.is_empty() {
                return Ok(Some(chunk).filter(|chunk| !chunk.is_empty()));
            }
        }
    }
}

/// How long the provider asks callers to wait, if it says so.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    // A date is the provider's own time, and so is that of the response: between them no clock is ours.
    let date = header_text(headers, "date").and_then(|text| httpdate::parse_http_date(text).ok());
    parse_retry_after(
        header_text(headers, "retry-after-ms"),
        header_text(headers, "retry-after"),
        date.unwrap_or_else(SystemTime::now).into(),
    )
}

pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
