//! A call that was let through.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::calls::{Admitted, CallEnding, CallRecord, Endpoint, RoutedCall, Wire, record};
use domain::ids::{CallId, KeyId};
use domain::limits::{Applied, Metric};
use domain::words::Word;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::deadline::wall_clock;
use super::new::NewCall;
use super::settle::SettledCall;
use super::stated_cost::log_unreadable;
use crate::fallback::{Plan, PlannedTarget, Routing};
use crate::headers::served_tier;
use crate::state::ChatState;

/// An admitted call. It must be settled; otherwise the sweeper records it as abandoned.
pub(crate) struct AdmittedCall {
    pub(super) state: ChatState,
    pub(super) new: NewCall,
    pub(super) admitted: Admitted,
    /// When to give up on the provider.
    pub deadline: Instant,
}

impl AdmittedCall {
    pub(crate) fn id(&self) -> CallId {
        self.new.request.id
    }

    /// The label that the call is counted under.
    pub(crate) fn user_label(&self) -> &str {
        &self.admitted.user_label
    }

    /// The key that made the call; `None` if it was made with the caller's own provider key alone.
    pub(crate) fn key_id(&self) -> Option<KeyId> {
        self.admitted.key_id
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        self.new.request.endpoint
    }

    /// Whether the request asked for a stream.
    pub(crate) fn is_stream(&self) -> bool {
        self.new.request.stream
    }

    /// The tier that served the call, by the headers and the body of the answer.
    pub(crate) fn served_tier(&self, headers: &HeaderMap, in_body: Option<String>) -> Option<String> {
        if !matches!(self.endpoint().wire(), Wire::Gemini | Wire::Bedrock) {
            return in_body;
        }
        // Where neither says it, the dearer tier may have been served.
        let is_dearer = |tier: &String| matches!(tier.as_str(), "priority" | "optimized");
        let requested = || self.new.request.service_tier.clone().filter(is_dearer);
        served_tier(headers).or(in_body).or_else(requested)
    }

    /// As requested.
    pub(crate) fn model(&self) -> &str {
        &self.new.request.model
    }

    pub(crate) fn arrived_at(&self) -> Instant {
        self.new.arrived_at
    }

    /// Time since the request arrived.
    pub(crate) fn elapsed(&self) -> Duration {
        self.new.arrived_at.elapsed()
    }

    /// Whether an attempt that used tokens may be repeated: hard limits have reserved what one can use.
    pub(crate) fn may_bill_retries(&self) -> bool {
        !self.has_hard_limit_on(&[Metric::Usd, Metric::Tokens])
    }

    pub(crate) fn has_hard_limit_on(&self, metrics: &[Metric]) -> bool {
        let is_hard = |limit: &Applied| limit.is_hard && metrics.contains(&limit.metric);
        self.admitted.limits.iter().any(is_hard)
    }

    /// Where it may be sent, if its model is the name of a route.
    pub(crate) fn take_plan(&mut self) -> Option<Plan> {
        match std::mem::replace(&mut self.new.routing, Routing::Fixed) {
            Routing::Planned(plan) => Some(plan),
            Routing::Fixed | Routing::Unrouted => None,
        }
    }

    /// Makes it a call to the target of a route that has answered it, or that was tried last.
    pub(crate) fn answered_by(&mut self, planned: &PlannedTarget, route: RoutedCall) {
        self.new.request.provider = planned.provider.clone();
        self.new.request.model.clone_from(&planned.priced_model);
        let facts = planned.upstream.as_ref().map(|upstream| upstream.facts());
        self.new.request.upstream = facts.map(|facts| facts.name.to_string());
        self.new.request.price_source = facts.map(|facts| facts.price_source).unwrap_or_default();
        self.new.request.route = Some(route);
        self.new.upstream.clone_from(&planned.upstream);
    }

    /// The upstream that it is sent to, by the name that paths begin with.
    pub(crate) fn upstream_name(&self) -> &str {
        match &self.new.upstream {
            Some(upstream) => upstream.facts().name.as_str(),
            None => self.endpoint().wire().as_str(),
        }
    }

    /// The output bound that a hard limit filled in, in tokens per choice.
    pub(crate) fn filled_output_bound(&self) -> Option<u64> {
        self.new.request.filled_output_bound(&self.admitted)
    }

    /// How many calls of built-in tools a hard limit filled in.
    pub(crate) fn filled_tool_calls(&self) -> Option<u64> {
        self.new.request.filled_tool_calls(&self.admitted)
    }

    /// Reports the bounds that a hard limit filled in: an answer that ends at one of them was cut by us.
    fn bound_headers(&self) -> HeaderMap {
        let filled = [
            ("x-tokenmeter-output-bound", self.filled_output_bound()),
            ("x-tokenmeter-max-tool-calls", self.filled_tool_calls()),
        ];
        let known = filled.into_iter().filter_map(|(name, bound)| Some((name, bound?)));
        known.map(|(name, bound)| (HeaderName::from_static(name), HeaderValue::from(bound))).collect()
    }

    /// How many choices the caller requested.
    pub(crate) fn choices(&self) -> u32 {
        u32::try_from(self.new.request.choices).unwrap_or(u32::MAX)
    }

    /// The state of the limits that apply: with the call's reservation, or with its actual use once it is settled; and
    /// the bounds that they filled in.
    pub(crate) fn limit_headers(&self, settled: Option<&SettledCall>) -> HeaderMap {
        let mut limits = self.admitted.limits.clone();
        if let Some(settled) = settled {
            replace_reservation(&self.admitted, settled, &mut limits);
        }
        let mut headers = web::limit_headers(&limits, wall_clock());
        headers.extend(self.bound_headers());
        headers
    }

    pub(super) fn record(&self, ending: CallEnding) -> CallRecord {
        log_unreadable(&self.new.request, &ending);
        let latency = self.elapsed();
        // The database's clock, carried on by ours.
        let at = self.admitted.opened_at + TimeDelta::from_std(latency).unwrap_or_default();
        record(&self.new.request, &self.admitted, &self.state.prices(), ending, latency, at)
    }
}

/// Replaces the call's reservation in `limits` with what it used.
fn replace_reservation(admitted: &Admitted, settled: &SettledCall, limits: &mut [Applied]) {
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
