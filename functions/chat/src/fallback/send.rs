//! Sends an admitted call to one target after the other.

use std::time::{Duration, Instant};

use domain::calls::{RouteTry, RoutedCall};
use domain::limits::Metric;
use http::Method;
use upstream::wire::RequestBody;
use upstream::{UpstreamFailure, UpstreamFailureKind, UpstreamRequest, UpstreamResponse};

use super::{Plan, PlannedTarget};
use crate::call::AdmittedCall;
use crate::failure::error_code;
use crate::headers::upstream_headers;
use crate::incoming::IncomingRequest;
use crate::passthrough::{Target, prepared};
use crate::state::ChatState;

/// What is sent, to whichever target.
pub(crate) struct Outgoing<'a> {
    pub incoming: &'a IncomingRequest,
    pub target: &'a Target,
    /// As the caller sent it.
    pub body: &'a RequestBody,
}

type Sent = Result<UpstreamResponse, UpstreamFailure>;

/// Tries that came to nothing.
#[derive(Default)]
struct Earlier {
    attempts: u32,
    waited: Duration,
    may_be_billed: bool,
}

/// Tries the targets in their order until one answers, and makes the call one to that target. Also returns whether the
/// usage of a stream is hidden from the caller.
pub(crate) async fn send(
    state: &ChatState,
    call: &mut AdmittedCall,
    plan: &Plan,
    outgoing: &Outgoing<'_>,
) -> (Sent, bool) {
    let needs_price = call.has_hard_limit_on(&[Metric::Usd]);
    let mut tries = plan.tries(state.cooldowns(), needs_price, Instant::now()).into_iter().peekable();
    let mut route = RoutedCall { model: plan.model().to_owned(), tries: Vec::new() };
    let mut earlier = Earlier::default();
    loop {
        let Some(planned) = tries.next() else { return (Err(nowhere()), false) };
        let is_last = tries.peek().is_none();
        let began = Instant::now();
        let (mut sent, hides_usage) = try_at(state, call, planned, outgoing, is_last).await;
        route.tries.push(tried(planned, &sent, began.elapsed()));
        let failover = match &sent {
            Ok(response) => response.failover(call.endpoint()),
            Err(failure) => Some(failure.failover()),
        };
        state.cooldowns().note(&planned.target, failover, Instant::now());
        let passed_over = failover.filter(|failover| {
            let may_repeat = !failover.may_be_billed || call.may_bill_retries();
            !is_last && may_repeat && Instant::now() < call.deadline
        });
        let Some(failover) = passed_over else {
            match &mut sent {
                Ok(response) => response.add_earlier(earlier.attempts, earlier.waited, earlier.may_be_billed),
                Err(failure) => failure.add_earlier(earlier.attempts, earlier.waited, earlier.may_be_billed),
            }
            call.answered_by(planned, route);
            return (sent, hides_usage);
        };
        tracing::warn!(
            call_id = %call.id(),
            upstream = planned.target.upstream.as_str(),
            model = planned.target.model,
            cause = ?failover.cause,
            "Trying the next target of a model route."
        );
        earlier.attempts += attempts(&sent);
        earlier.waited += began.elapsed();
        earlier.may_be_billed |= failover.may_be_billed;
    }
}

/// The call is retried at the last target alone; a failure at an earlier one leads to the next target.
async fn try_at(
    state: &ChatState,
    call: &AdmittedCall,
    planned: &PlannedTarget,
    outgoing: &Outgoing<'_>,
    is_last: bool,
) -> (Sent, bool) {
    let &Outgoing { incoming, target, body } = outgoing;
    let upstream = planned.upstream.as_deref();
    let wire = call.endpoint().wire();
    let client = match upstream {
        Some(upstream) => upstream.client(),
        None => match state.upstream_of(wire) {
            Ok(client) => client,
            Err(_) => return (Err(nowhere()), false),
        },
    };
    let (body, hides_usage) = prepared(body.clone().with_model(&planned.target.model), upstream, call);
    let may_go_on = !is_last && call.may_bill_retries();
    let deadline = match planned.timeout() {
        // Where an attempt that may be billed is not repeated, giving up would be the end of the call.
        Some(timeout) if may_go_on => call.deadline.min(Instant::now() + timeout),
        _ => call.deadline,
    };
    let salt = Some(planned.target.model.as_str());
    let request = UpstreamRequest {
        method: Method::POST,
        path: &target.path_at(upstream, &planned.target.model, incoming),
        headers: upstream_headers(wire, &incoming.headers, call.key_id(), (None, salt), state.hasher()),
        body: body.to_bytes(),
        key: None,
        deadline,
        endpoint: (!call.endpoint().is_free()).then(|| call.endpoint()),
        may_bill_retries: call.may_bill_retries(),
    };
    let sent =
        if is_last { client.send(&request).await } else { client.without_retries().send(&request).await };
    let sent = match sent {
        Ok(response) if may_go_on && response.is_success() => with_first_byte(response, deadline).await,
        sent => sent,
    };
    (sent, hides_usage)
}

/// A head without a body is no answer yet.
async fn with_first_byte(mut response: UpstreamResponse, deadline: Instant) -> Sent {
    let began = Instant::now();
    match response.first_byte(deadline).await {
        Ok(()) => {
            response.add_earlier(0, began.elapsed(), false);
            Ok(response)
        }
        Err(kind) => Err(UpstreamFailure {
            kind,
            attempts: response.attempts,
            retried: response.retried,
            may_be_billed: true,
            waited: response.waited() + began.elapsed(),
        }),
    }
}

fn tried(planned: &PlannedTarget, sent: &Sent, waited: Duration) -> RouteTry {
    let (http_status, error_code) = match sent {
        Ok(response) => {
            let code = response.error().map(|error| error.recorded_code());
            (Some(response.status.as_u16()), code)
        }
        Err(failure) => (None, Some(error_code(&failure.kind).to_owned())),
    };
    RouteTry {
        upstream: planned.target.upstream.to_string(),
        model: planned.target.model.clone(),
        attempts: attempts(sent),
        http_status,
        error_code,
        waited_us: u64::try_from(waited.as_micros()).unwrap_or(u64::MAX),
    }
}

fn attempts(sent: &Sent) -> u32 {
    match sent {
        Ok(response) => response.attempts,
        Err(failure) => failure.attempts,
    }
}

/// The provider of the environment has no key any more.
fn nowhere() -> UpstreamFailure {
    UpstreamFailure {
        kind: UpstreamFailureKind::NoKey,
        attempts: 0,
        retried: domain::usage::Usage::default(),
        may_be_billed: false,
        waited: Duration::ZERO,
    }
}
