//! What comes back from the provider: an answer's head, its body as it comes, or how it failed.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use domain::usage::Usage;
use http::{HeaderMap, StatusCode};
use tokio::time::timeout_at;

/// The largest plain answer taken into memory.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// What the provider answered in the end, success or error, and what it took.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub attempts: u32,
    /// Tokens that failed attempts reported.
    pub retried: Usage,
    pub(super) waited: Duration,
    pub(super) body: Body,
}

pub(super) enum Body {
    Whole(Bytes),
    Incoming(reqwest::Response),
}

/// No answer came, or it broke off.
#[derive(Debug, thiserror::Error)]
#[error("the provider gave no answer after {attempts} attempts")]
pub struct Failure {
    pub kind: FailureKind,
    pub attempts: u32,
    pub retried: Usage,
    /// Time spent on the provider: all attempts and the pauses between them.
    pub waited: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum FailureKind {
    /// Nothing was sent.
    #[error("no connection")]
    Unreachable(#[source] reqwest::Error),
    /// Sent, and then the connection broke: the provider may bill it.
    #[error("the connection broke")]
    Interrupted(#[source] reqwest::Error),
    #[error("no answer in time")]
    Timeout,
    #[error("the answer is larger than {MAX_ANSWER_BYTES} bytes")]
    TooLarge,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Time spent on the provider until the answer's head was there.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// The whole body.
    pub async fn read(self, deadline: Instant) -> Result<Bytes, FailureKind> {
        match self.body {
            Body::Whole(body) => Ok(body),
            Body::Incoming(response) => read_whole(response, deadline).await,
        }
    }

    /// The next piece of the body as it came over the wire; `None` at its end.
    pub async fn chunk(&mut self, deadline: Instant) -> Result<Option<Bytes>, FailureKind> {
        match &mut self.body {
            Body::Whole(body) => Ok(Some(std::mem::take(body)).filter(|body| !body.is_empty())),
            Body::Incoming(response) => timeout_at(deadline.into(), response.chunk())
                .await
                .map_err(|_| FailureKind::Timeout)?
                .map_err(|error| FailureKind::Interrupted(error.without_url())),
        }
    }
}

impl Body {
    pub(super) fn whole(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(body) => Some(body),
            Self::Incoming(_) => None,
        }
    }
}

pub(super) async fn read_whole(
    mut response: reqwest::Response,
    deadline: Instant,
) -> Result<Bytes, FailureKind> {
    let mut whole = BytesMut::new();
    loop {
        let chunk = timeout_at(deadline.into(), response.chunk()).await.map_err(|_| FailureKind::Timeout)?;
        match chunk.map_err(|error| FailureKind::Interrupted(error.without_url()))? {
            None => return Ok(whole.freeze()),
            Some(chunk) if whole.len() + chunk.len() > MAX_ANSWER_BYTES => return Err(FailureKind::TooLarge),
            Some(chunk) => whole.extend_from_slice(&chunk),
        }
    }
}

pub(super) fn failure(error: reqwest::Error) -> FailureKind {
    if error.is_connect() {
        FailureKind::Unreachable(error)
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else {
        FailureKind::Interrupted(error)
    }
}
