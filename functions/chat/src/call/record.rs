//! How a call is recorded: pure functions of its request, its admission and its ending.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::calls::{Admitted, CallRecord, Endpoint, RequestContent, Status};
use domain::ids::CallId;
use domain::keys::KeyHash;
use domain::limits::{Applied, Metric};
use domain::money::PicoUsd;
use domain::pricing::{Fees, PriceBook, SeenResponse, ToolUses};
use domain::usage::{Usage, UsageQuality};
use openai::wire::ParsedUsage;
use serde_json::Value;
use serde_json::value::RawValue;
use web::Deadline;

use super::answer::{self, SeenAnswer};

/// A call as its request describes it.
pub(crate) struct NewCall {
    pub id: CallId,
    pub key: Option<KeyHash>,
    pub label: Option<String>,
    pub fallback_label: Option<String>,
    pub model: String,
    pub endpoint: Endpoint,
    pub stream: bool,
    pub service_tier: Option<String>,
    pub content: RequestContent,
    /// Of all turns; known once the call is admitted.
    pub input_bound_tokens: i64,
    /// Of all choices together; `None` if the request sets no bound.
    pub output_bound_tokens: Option<i64>,
    pub choices: i64,
    /// Whether the provider may go on after its answer ended.
    pub background: bool,
    /// Whether the provider generates choices that its answer does not show.
    pub hides_choices: bool,
    pub sdk: Option<String>,
    pub tags: Option<Value>,
    pub idempotency: Option<KeyHash>,
    pub arrived_at: Instant,
    /// The host's deadline, if it has one.
    pub deadline: Option<Deadline>,
}

impl NewCall {
    /// Whether the provider runs tools of its own, whose results are more input.
    pub(super) fn uses_provider_tools(&self) -> bool {
        !self.content.tools.is_empty()
    }
}

/// How the provider's part of a call ended.
pub(crate) struct CallEnding {
    pub status: Status,
    /// `None` if there was no answer: without reported usage, no tokens are recorded, at unknown cost.
    pub answer: Option<SeenAnswer>,
    /// Whether a call without usage certainly cost nothing: it never reached the provider, or was refused there.
    pub is_free: bool,
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    pub attempts: u32,
    pub retried: Usage,
    pub usage: Option<ParsedUsage>,
    pub used_tools: ToolUses,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub first_byte: Option<Duration>,
    /// Time that is not our overhead: waiting for the provider, or for a caller who reads slowly.
    pub waited: Duration,
    pub upstream_request_id: Option<String>,
}

/// What the caller may learn of a settled call.
pub(crate) struct SettledCall {
    pub usage: Usage,
    pub cost: Option<PicoUsd>,
}

/// The tokens of a call and what they cost.
struct Charge {
    /// The sum of all attempts.
    usage: Usage,
    quality: UsageQuality,
    cost: Option<PicoUsd>,
    retried_cost: Option<PicoUsd>,
    fees: Fees,
    price_id: Option<i64>,
}

pub(super) fn record(
    new: &NewCall,
    admitted: &Admitted,
    prices: &PriceBook,
    ending: CallEnding,
    latency: Duration,
    at: DateTime<Utc>,
) -> (SettledCall, CallRecord) {
    let Charge { usage, quality, cost, retried_cost, fees, price_id } =
        charge(new, admitted, prices, &ending, at);
    let status = match (ending.status, quality) {
        (Status::Settled, UsageQuality::Estimated) => Status::Estimated,
        (status, _) => status,
    };
    let record = CallRecord {
        id: new.id,
        started_at: admitted.opened_at,
        key_id: admitted.key_id,
        user_label: admitted.user_label.clone(),
        endpoint: new.endpoint,
        model: new.model.clone(),
        served_model: ending.served_model,
        service_tier: ending.service_tier.or_else(|| new.service_tier.clone()),
        stream: new.stream,
        status,
        http_status: ending.http_status,
        error_code: ending.error_code,
        attempts: ending.attempts,
        usage,
        retried: ending.retried,
        cost,
        retried_cost,
        fees,
        price_id,
        latency,
        first_byte: ending.first_byte,
        overhead: latency.saturating_sub(ending.waited),
        upstream_request_id: ending.upstream_request_id,
        tags: new.tags.clone(),
        sdk: new.sdk.clone(),
        raw_usage: ending.usage.and_then(|usage| RawValue::from_string(usage.raw).ok()),
        overrun: is_overrun(new, admitted, &usage, cost),
    };
    (SettledCall { usage, cost }, record)
}

fn charge(
    new: &NewCall,
    admitted: &Admitted,
    prices: &PriceBook,
    ending: &CallEnding,
    at: DateTime<Utc>,
) -> Charge {
    let quote = |usage: &Usage| {
        let served_model = ending.served_model.as_deref();
        prices.quote(served_model, &new.model, ending.service_tier.as_deref(), usage, at)
    };
    if new.endpoint.is_free() {
        return Charge::free();
    }
    let recorded = answer::usage(new, admitted, prices, ending);
    let (usage, quality) = (recorded.map(|(usage, _)| usage), recorded.map(|(_, quality)| quality));
    let quoted = usage.as_ref().and_then(quote);
    let fees = if usage.is_some() {
        let is_whole = ending.answer.as_ref().is_some_and(|answer| answer.is_final && !answer.has_unseen);
        let seen = if is_whole { SeenResponse::Whole } else { SeenResponse::Partial };
        prices.fees(new.endpoint, &new.model, &new.content, (seen, &ending.used_tools), at)
    } else {
        Fees::default()
    };
    let own_cost = match usage {
        None if ending.is_free => Some(PicoUsd::ZERO),
        _ => quoted.and_then(|quote| quote.cost.checked_add(fees.total()?)),
    };
    let retried_cost = if ending.retried == Usage::default() {
        Some(PicoUsd::ZERO)
    } else {
        quote(&ending.retried).map(|quote| quote.cost)
    };
    Charge {
        usage: usage.unwrap_or_default().plus(&ending.retried),
        quality: quality.unwrap_or_default(),
        cost: own_cost.and_then(|cost| cost.checked_add(retried_cost?)),
        retried_cost,
        fees,
        price_id: quoted.map(|quote| quote.price_id),
    }
}

impl Charge {
    fn free() -> Self {
        Self {
            usage: Usage::default(),
            quality: UsageQuality::default(),
            cost: Some(PicoUsd::ZERO),
            retried_cost: Some(PicoUsd::ZERO),
            fees: Fees::default(),
            price_id: None,
        }
    }
}

/// Whether a call exceeded its bound in money, or in tokens, which also covers calls without a known price; or what a
/// limit that estimates has reserved for it.
fn is_overrun(new: &NewCall, admitted: &Admitted, usage: &Usage, cost: Option<PicoUsd>) -> bool {
    let is_too_dear = admitted.reserved.is_some_and(|reserved| cost.is_some_and(|cost| cost > reserved));
    let is_too_long = admitted
        .output_bound_tokens
        .is_some_and(|output| usage.total_tokens() > new.input_bound_tokens.saturating_add(output));
    let mut held = admitted.limits.iter().zip(&admitted.reservations.amounts);
    let is_underestimated = held.any(|(limit, amount)| match limit.metric {
        Metric::Usd => limit.is_hard && cost.is_some_and(|cost| cost.as_pico() > *amount),
        Metric::Tokens => limit.is_hard && usage.total_tokens() > *amount,
        Metric::Requests | Metric::Concurrency => false,
    });
    is_too_dear || is_too_long || is_underestimated
}

pub(super) fn filled_output_bound(new: &NewCall, admitted: &Admitted) -> Option<u64> {
    if new.output_bound_tokens.is_some() || new.endpoint == Endpoint::ResponsesCompact {
        return None;
    }
    let tokens = admitted.output_bound_tokens? / new.choices.max(1);
    u64::try_from(tokens).ok()
}

/// How many calls of built-in tools a hard limit filled in.
pub(super) fn filled_tool_calls(new: &NewCall, admitted: &Admitted) -> Option<u64> {
    if new.content.max_tool_calls.is_some() || new.endpoint != Endpoint::Responses {
        return None;
    }
    u64::try_from(admitted.tool_call_bound?).ok()
}

/// Replaces the call's reservation in `limits` with what it used.
pub(super) fn replace_reservation(admitted: &Admitted, settled: &SettledCall, limits: &mut [Applied]) {
    for (limit, bound) in limits.iter_mut().zip(&admitted.reservations.amounts) {
        let used = match limit.metric {
            Metric::Usd => match settled.cost {
                Some(cost) => cost.as_pico(),
                None => continue,
            },
            Metric::Tokens => settled.usage.total_tokens(),
            Metric::Requests => 1,
            Metric::Concurrency => 0,
        };
        limit.reserved = limit.reserved.saturating_sub(*bound).max(0);
        limit.used = limit.used.saturating_add(used);
    }
}
