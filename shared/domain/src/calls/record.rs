//! How a call is recorded: pure functions of its request, its admission and its ending.

mod own_price;

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use self::own_price::{is_whole, quote_own};
use super::{
    Admitted, BilledPart, CallEnding, CallOutcome, CallRecord, CallRequest, Endpoint, StatedCost, Status,
};
use crate::limits::Metric;
use crate::money::PicoUsd;
use crate::pricing::{Fees, PriceBook, SeenResponse, hourly_tier};
use crate::usage::{
    Answer, MAX_CREDIBLE_TOKENS, Usage, UsageBound, UsageQuality, UsageReport, resolve, shows_all_output,
};

/// The error code of a call whose tokens the provider does not bill.
pub(crate) const NOT_BILLED: &str = "not_billed";

/// The tokens of a call and what they cost.
struct Charge {
    /// The sum of all attempts.
    usage: Usage,
    quality: UsageQuality,
    parts: Vec<BilledPart>,
    cost: Option<PicoUsd>,
    stated_cost: StatedCost,
    retried_cost: Option<PicoUsd>,
    fees: Fees,
    price_id: Option<i64>,
}

/// The ledger's row of a call that ended, at the database's time `at`.
pub fn record(
    request: &CallRequest,
    admitted: &Admitted,
    prices: &PriceBook,
    mut ending: CallEnding,
    latency: Duration,
    at: DateTime<Utc>,
) -> CallRecord {
    let answered = ending.outcome.service_tier.as_deref();
    let tier = hourly_tier(&request.provider, answered, admitted.opened_at).map(str::to_owned);
    ending.outcome.service_tier = tier;
    let Charge { usage, quality, parts, cost, stated_cost, retried_cost, fees, price_id } =
        charge(request, admitted, prices, &ending, at);
    let CallEnding { outcome, exchange } = ending;
    let status = match (outcome.status, quality) {
        (Status::Settled, UsageQuality::Estimated) => Status::Estimated,
        (status, _) => status,
    };
    CallRecord {
        id: request.id,
        started_at: admitted.opened_at,
        key_id: admitted.key_id,
        user_label: admitted.user_label.clone(),
        endpoint: request.endpoint,
        provider: request.provider.clone(),
        upstream: request.upstream.clone(),
        model: request.model.clone(),
        served_model: outcome.served_model,
        service_tier: outcome.service_tier.or_else(|| request.service_tier.clone()),
        stream: request.stream,
        status,
        http_status: exchange.http_status,
        error_code: outcome.error_code.or_else(|| outcome.is_not_billed.then(|| NOT_BILLED.to_owned())),
        attempts: exchange.attempts,
        usage,
        retried: exchange.retried,
        parts,
        cost,
        stated_cost,
        retried_cost,
        fees,
        price_id,
        latency,
        first_byte: exchange.first_byte,
        overhead: latency.saturating_sub(exchange.waited),
        upstream_request_id: exchange.upstream_request_id,
        tags: request.tags.clone(),
        sdk: request.sdk.clone(),
        route: request.route.clone(),
        raw_usage: outcome.usage.and_then(|usage| RawValue::from_string(usage.raw).ok()),
        overrun: is_overrun(request, admitted, &usage, cost),
    }
}

fn charge(
    request: &CallRequest,
    admitted: &Admitted,
    prices: &PriceBook,
    ending: &CallEnding,
    at: DateTime<Utc>,
) -> Charge {
    let CallEnding { outcome, exchange } = ending;
    let quote = |usage: &Usage| {
        let served_model = outcome.served_model.as_deref();
        prices.quote(served_model, request.priced_model(), outcome.service_tier.as_deref(), usage, at)
    };
    if request.endpoint.is_free() {
        return Charge::free();
    }
    let recorded = used(request, admitted, prices, outcome);
    let (usage, quality) = (recorded.map(|(usage, _)| usage), recorded.map(|(_, quality)| quality));
    let quoted = recorded
        .filter(|_| !outcome.is_not_billed)
        .and_then(|recorded| quote_own(request, prices, outcome, recorded, at));
    let fees = if usage.is_some() && !outcome.is_not_billed {
        let seen = if is_whole(outcome) { SeenResponse::Whole } else { SeenResponse::Partial };
        prices.fees(
            request.endpoint,
            request.priced_model(),
            &request.content,
            (seen, &outcome.used_tools),
            at,
        )
    } else {
        Fees::default()
    };
    let own_cost = match usage {
        None if outcome.is_free => Some(PicoUsd::ZERO),
        Some(_) if outcome.is_not_billed => Some(PicoUsd::ZERO),
        _ => quoted.and_then(|quote| quote.cost.checked_add(fees.total()?)),
    };
    let tier = outcome.service_tier.as_deref();
    let parts: Vec<BilledPart> =
        outcome.parts.iter().map(|part| part.bill(prices, &request.provider, tier, at)).collect();
    let retried_cost = if exchange.retried == Usage::default() {
        Some(PicoUsd::ZERO)
    } else {
        quote(&exchange.retried).map(|quote| quote.cost)
    };
    let table_cost = own_cost.and_then(|cost| cost.checked_add(BilledPart::cost_of(&parts)?));
    let stated_cost = StatedCost::of(ending, request.price_source, table_cost);
    Charge {
        usage: usage.unwrap_or_default().plus(&BilledPart::usage_of(&parts)).plus(&exchange.retried),
        quality: quality.unwrap_or_default(),
        cost: stated_cost.cost(table_cost).and_then(|cost| cost.checked_add(retried_cost?)),
        stated_cost,
        parts,
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
            parts: Vec::new(),
            cost: Some(PicoUsd::ZERO),
            stated_cost: StatedCost::default(),
            retried_cost: Some(PicoUsd::ZERO),
            fees: Fees::default(),
            price_id: None,
        }
    }
}

/// Whether a call exceeded its bound in money, or in tokens, which also covers calls without a known price; or what a
/// limit that estimates has reserved for it.
fn is_overrun(request: &CallRequest, admitted: &Admitted, usage: &Usage, cost: Option<PicoUsd>) -> bool {
    let is_too_dear = admitted.reserved.is_some_and(|reserved| cost.is_some_and(|cost| cost > reserved));
    let is_too_long = admitted
        .output_bound_tokens
        .is_some_and(|output| usage.total_tokens() > request.input_bound_tokens.saturating_add(output));
    let mut held = admitted.limits.iter().zip(&admitted.reservations.amounts);
    let is_underestimated = held.any(|(limit, amount)| match limit.metric {
        Metric::Usd => limit.is_hard && cost.is_some_and(|cost| cost.as_pico() > *amount),
        Metric::Tokens => limit.is_hard && usage.total_tokens() > *amount,
        Metric::Requests | Metric::Concurrency => false,
    });
    is_too_dear || is_too_long || is_underestimated
}

/// The usage to record; `None` if nothing is known of it.
fn used(
    request: &CallRequest,
    admitted: &Admitted,
    prices: &PriceBook,
    outcome: &CallOutcome,
) -> Option<(Usage, UsageQuality)> {
    let report = outcome.usage.as_ref().map(|usage| &usage.report);
    let Some(seen) = outcome.answer else {
        // An error response may report what it used all the same.
        return report.filter(|report| report.has_counts()).map(UsageReport::reading);
    };
    let answer = Answer {
        text_bytes: seen.text_bytes,
        is_final: seen.is_final,
        may_hide_output: seen.has_unseen || may_hide_output(request, outcome.served_model.as_deref()),
        may_grow_input: request.uses_provider_tools(),
        has_output: request.endpoint.has_output(),
    };
    // However large a bound a caller sends: no call uses more.
    let credible = |tokens: i64| tokens.min(MAX_CREDIBLE_TOKENS);
    let model_output_tokens = prices.max_output_tokens(request.priced_model(), admitted.opened_at);
    let bound = UsageBound {
        input_tokens: credible(request.input_bound_tokens),
        output_tokens: admitted.output_bound_tokens.map(credible),
        model_output_tokens: credible(model_output_tokens.saturating_mul(request.choices)),
    };
    Some(resolve(report, answer, bound))
}

/// Whether the provider can bill output that its answer does not show as text.
fn may_hide_output(request: &CallRequest, served_model: Option<&str>) -> bool {
    let shows = |model: &str| shows_all_output(model);
    request.background
        || request.hides_choices
        // What was compacted is encrypted.
        || request.endpoint == Endpoint::ResponsesCompact
        || request.uses_provider_tools()
        || request.content.may_speak
        || request.content.may_draw
        || !shows(&request.model)
        || served_model.is_some_and(|served| !shows(served))
}
