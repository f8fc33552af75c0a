//! Admission: what a call requests, and the verdict.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Endpoint;
use crate::ids::{CallId, KeyId};
use crate::keys::KeyHash;
use crate::limits::{Applied, Refusal};
use crate::money::{PicoUsd, Rate};
use crate::pricing::PriceBound;
use crate::provider::Provider;

/// A call that requests admission.
pub struct Admission<'a> {
    pub id: CallId,
    /// `None` for a caller who brings a provider key of their own and no key of ours.
    pub key: Option<KeyHash>,
    /// Version of the price book that the bound was computed with.
    pub price_version: i64,
    /// A label meant for us; a key bound to another label refuses the call.
    pub label: Option<&'a str>,
    /// A label from fields that are meant for the provider; a bound key overrides it.
    pub fallback_label: Option<&'a str>,
    pub provider: &'a Provider,
    pub model: &'a str,
    pub endpoint: Endpoint,
    pub stream: bool,
    pub service_tier: Option<&'a str>,
    pub bound: Bound,
    /// After this the sweeper records the call as abandoned.
    pub time_to_settle: Duration,
    pub sdk: Option<&'a str>,
    pub tags: Option<&'a Value>,
    pub idempotency: Option<KeyHash>,
}

/// The most a call may use.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Without what calls of built-in tools add.
    pub input_tokens: i64,
    /// Of all choices together; `None` if the request sets no bound.
    pub output_tokens: Option<i64>,
    /// The largest output bound that a hard limit fills in for a request without one, of all choices together.
    pub fill_tokens: i64,
    /// A filled-in bound is a multiple of this.
    pub choices: i64,
    /// `None` if the model has no price.
    pub price: Option<PriceBound>,
    /// `None` if the request has no built-in tools.
    pub tools: Option<ToolBound>,
    /// `None` if numbers in the request bound all of it.
    pub unbounded: Option<UnboundedParts>,
}

impl Bound {
    /// Of a call that the provider does not charge for.
    pub const fn free() -> Self {
        Self {
            input_tokens: 0,
            output_tokens: Some(0),
            fill_tokens: 0,
            choices: 1,
            price: Some(PriceBound { input_token: Rate::FREE, output_token: Rate::FREE }),
            tools: None,
            unbounded: None,
        }
    }
}

/// What calls of built-in tools may add to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolBound {
    /// The caller's own bound.
    pub max_calls: Option<i64>,
    /// The most calls that a hard limit fills in for a request without a bound.
    pub fill_calls: i64,
    /// The most input of the turn that follows one call.
    pub tokens_per_call: i64,
    /// The highest fee of one call.
    pub fee_per_call: PicoUsd,
}

/// Parts of a request that only the model's limits bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnboundedParts {
    pub names: String,
    /// Whether the model's limits are known, or at least its price.
    pub is_model_known: bool,
    /// What a limit that estimates reserves: the input of an ordinary call of this kind, with its tool calls.
    pub typical_input_tokens: i64,
    pub typical_fees: PicoUsd,
}

/// What a call reserves of each limit that applies to it, until it is settled.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reservations {
    pub window_ids: Vec<i64>,
    pub amounts: Vec<i64>,
}

impl Reservations {
    pub fn is_empty(&self) -> bool {
        self.window_ids.is_empty()
    }
}

/// An admitted call. Its row in `open_calls` exists until it is settled or swept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Admitted {
    pub key_id: Option<KeyId>,
    pub user_label: String,
    /// The database's clock.
    pub opened_at: DateTime<Utc>,
    /// With what calls of built-in tools may add.
    pub input_bound_tokens: i64,
    /// How often built-in tools may be called: the request's own bound, or the one filled in for a hard limit.
    pub tool_call_bound: Option<i64>,
    /// Of all choices together: the request's own bound, or the one filled in for a hard limit.
    pub output_bound_tokens: Option<i64>,
    /// The cost of the bounds; `None` if a bound or the price is unknown.
    pub reserved: Option<PicoUsd>,
    pub reservations: Reservations,
    /// The limits including this call's reservation.
    pub limits: Vec<Applied>,
}

/// The decision about a call.
#[derive(Debug, Clone)]
pub enum Verdict {
    Admitted(Admitted),
    /// The prices changed: reload them and try again.
    StalePrices,
    InvalidKey,
    ScopeMissing,
    LabelNotAllowed,
    /// The caller sent no key of ours, and a key or a limit claims the label.
    LabelNeedsKey(String),
    ModelNotAllowed,
    IdempotencyInProgress,
    /// A hard limit on money applies, and the model has no price.
    ModelNotPriced,
    /// A hard limit refuses unbounded parts, or nothing is known of the model that would bound them.
    Unbounded,
    Limited(Box<Refusal>),
}
