//! What a failed try says about trying another upstream.

use std::time::{Duration, Instant};

use domain::calls::Endpoint;

use crate::client::reported_usage;
use crate::response::{
    Body, UpstreamFailure, UpstreamFailureKind, UpstreamResponse, header_text, retry_after,
};
use crate::retry::is_retryable_status;
use crate::wire::UpstreamError;

/// A try after which another upstream may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failover {
    /// Whether this one may have worked on the request and may bill it.
    pub may_be_billed: bool,
    pub cause: FailoverCause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailoverCause {
    /// No connection, or no answer over it.
    NoAnswer,
    /// It refuses calls for now; how long, if it says so.
    RateLimited(Option<Duration>),
    /// Any other error, which may be that of this request alone.
    Error,
}

impl UpstreamResponse {
    /// `None` if this is the answer of a call to `endpoint`, good or bad. An error that reports usage is one too: the
    /// provider has worked on the request.
    pub fn failover(&self, endpoint: Endpoint) -> Option<Failover> {
        if self.is_success() {
            return None;
        }
        let body = self.body.buffered()?;
        if !endpoint.is_free() && reported_usage(Some(endpoint), body) != domain::usage::Usage::default() {
            return None;
        }
        let error = self.error();
        let wants_retry = header_text(&self.headers, "x-should-retry") == Some("true");
        if !is_retryable_status(self.status.as_u16()) && !wants_retry {
            return None;
        }
        let cause = match self.status.as_u16() {
            429 => FailoverCause::RateLimited(
                retry_after(&self.headers).or_else(|| error.as_ref().and_then(|error| error.retry_after)),
            ),
            _ => FailoverCause::Error,
        };
        Some(Failover { may_be_billed: self.may_be_billed, cause })
    }

    /// What an error response says.
    pub fn error(&self) -> Option<UpstreamError> {
        self.body.buffered().and_then(|body| UpstreamError::of_body(body))
    }

    /// Waits for the first byte of the body, which stays to be read. Until it has come, the call may be tried elsewhere.
    pub async fn first_byte(&mut self, deadline: Instant) -> Result<(), UpstreamFailureKind> {
        match &mut self.body {
            Body::Buffered(_) => Ok(()),
            Body::Incoming(body) => body.peek(deadline).await,
        }
    }

    /// Counts the tries at other upstreams before this one.
    pub fn add_earlier(&mut self, attempts: u32, waited: Duration, may_be_billed: bool) {
        self.attempts += attempts;
        self.waited += waited;
        self.may_be_billed |= may_be_billed;
    }
}

impl UpstreamFailure {
    /// As [`UpstreamResponse::failover`].
    pub fn failover(&self) -> Failover {
        Failover { may_be_billed: self.may_be_billed, cause: FailoverCause::NoAnswer }
    }

    /// As [`UpstreamResponse::add_earlier`].
    pub fn add_earlier(&mut self, attempts: u32, waited: Duration, may_be_billed: bool) {
        self.attempts += attempts;
        self.waited += waited;
        self.may_be_billed |= may_be_billed;
    }
}
