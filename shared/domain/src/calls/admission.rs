//! Admission: what a call requests, and the verdict.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Endpoint;
use crate::ids::{CallId, KeyId};
use crate::keys::KeyHash;
use crate::limits::{Applied, Refusal};
use crate::money::PicoUsd;
use crate::pricing::PriceBound;

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
    pub input_tokens: i64,
    /// Of all choices together; `None` if the request sets no bound.
    pub output_tokens: Option<i64>,
    /// The largest output bound that a hard limit fills in for a request without one, of all choices together.
    pub fill_tokens: i64,
    /// A filled-in bound is a multiple of this.
    pub choices: i64,
    /// `None` if the model has no price.
    pub price: Option<PriceBound>,
    /// Names of the request's unbounded parts, which a hard limit on tokens or money refuses.
    pub unbounded: Option<String>,
}

/// What a call reserves of each limit that applies to it, until it is settled.
#[derive(Debug, Clone, Default)]
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
#[derive(Debug, Clone)]
pub struct Admitted {
    pub key_id: Option<KeyId>,
    pub user_label: String,
    /// The database's clock.
    pub opened_at: DateTime<Utc>,
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
    ModelNotAllowed,
    IdempotencyInProgress,
    /// A hard limit on money applies, and the model has no price.
    ModelNotPriced,
    /// A hard limit on tokens or money applies, and parts of the request are unbounded.
    Unbounded,
    Limited(Box<Refusal>),
}
