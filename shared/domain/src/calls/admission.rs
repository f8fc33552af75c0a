//! Admission: what a call asks for, and what was decided.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Endpoint;
use crate::ids::{CallId, KeyId};
use crate::keys::KeyHash;
use crate::limits::{Applied, Refusal};
use crate::money::PicoUsd;
use crate::pricing::Dearest;

/// A call that asks to be let through.
pub struct Admission<'a> {
    pub id: CallId,
    /// `None` for a caller who brings a provider key of their own and no key of ours.
    pub key: Option<KeyHash>,
    /// Of the book that the bound was priced with.
    pub price_version: i64,
    /// A label named for us; a key bound to another one refuses it.
    pub label: Option<&'a str>,
    /// A label read from fields that mean something else to the provider too; a bound key overrides it.
    pub fallback_label: Option<&'a str>,
    pub model: &'a str,
    pub endpoint: Endpoint,
    pub stream: bool,
    pub service_tier: Option<&'a str>,
    pub bound: Bound,
    /// After this the sweeper takes the call for lost.
    pub time_to_settle: Duration,
    pub sdk: Option<&'a str>,
    pub tags: Option<&'a Value>,
    pub idempotency: Option<KeyHash>,
}

/// What a call may use at most.
#[derive(Debug, Clone)]
pub struct Bound {
    pub input_tokens: i64,
    /// Of all choices together; `None` where the request names none.
    pub output_tokens: Option<i64>,
    /// What a hard limit may fill in as output bound of a request without one: at most this, of all choices together.
    pub fill_tokens: i64,
    /// A filled-in bound is a multiple of this.
    pub choices: i64,
    /// `None` where the model has no price.
    pub price: Option<Dearest>,
    /// Parts of the request that nothing bounds, which a hard limit on tokens or money refuses.
    pub unbounded: Option<String>,
}

/// What a call holds of each limit that applies to it, until it is settled.
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

/// A call let through: its row in `open_calls` is there until it is settled or swept.
#[derive(Debug, Clone)]
pub struct Admitted {
    pub key_id: Option<KeyId>,
    pub user_label: String,
    /// The database's clock.
    pub opened_at: DateTime<Utc>,
    /// Of all choices together: the request's own, or the one filled in for a hard limit.
    pub output_bound_tokens: Option<i64>,
    /// The price of the bounds; `None` where either is unknown.
    pub reserved: Option<PicoUsd>,
    pub reservations: Reservations,
    /// As they stood with this call's reservation.
    pub limits: Vec<Applied>,
}

/// What admission decided.
#[derive(Debug, Clone)]
pub enum Verdict {
    Admitted(Admitted),
    /// The prices changed: reload them and ask again.
    StalePrices,
    InvalidKey,
    ScopeMissing,
    LabelNotAllowed,
    ModelNotAllowed,
    IdempotencyInProgress,
    /// A hard limit on money applies, and the model has no price.
    ModelNotPriced,
    /// A hard limit on tokens or money applies, and parts of the request have no bound.
    Unbounded,
    Limited(Box<Refusal>),
}
