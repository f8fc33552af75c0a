//! A call that was let through.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::calls::{Admitted, CallRecord, Endpoint};
use domain::ids::{CallId, KeyId};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::deadline::wall_clock;
use super::record::{self, CallEnding, NewCall, SettledCall};
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
        self.new.id
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
        self.new.endpoint
    }

    pub(crate) fn arrived_at(&self) -> Instant {
        self.new.arrived_at
    }

    /// Time since the request arrived.
    pub(crate) fn elapsed(&self) -> Duration {
        self.new.arrived_at.elapsed()
    }

    /// The output bound that a hard limit filled in, in tokens per choice.
    pub(crate) fn filled_output_bound(&self) -> Option<u64> {
        record::filled_output_bound(&self.new, &self.admitted)
    }

    /// How many calls of built-in tools a hard limit filled in.
    pub(crate) fn filled_tool_calls(&self) -> Option<u64> {
        record::filled_tool_calls(&self.new, &self.admitted)
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
        u32::try_from(self.new.choices).unwrap_or(u32::MAX)
    }

    /// The state of the limits that apply: with the call's reservation, or with its actual use once it is settled; and the
    /// bounds that they filled in.
    pub(crate) fn limit_headers(&self, settled: Option<&SettledCall>) -> HeaderMap {
        let mut limits = self.admitted.limits.clone();
        if let Some(settled) = settled {
            record::replace_reservation(&self.admitted, settled, &mut limits);
        }
        let mut headers = web::limit_headers(&limits, wall_clock());
        headers.extend(self.bound_headers());
        headers
    }

    pub(super) fn record(&self, ending: CallEnding) -> (SettledCall, CallRecord) {
        let latency = self.elapsed();
        // The database's clock, carried on by ours.
        let at = self.admitted.opened_at + TimeDelta::from_std(latency).unwrap_or_default();
        record::record(&self.new, &self.admitted, &self.state.prices(), ending, latency, at)
    }
}
