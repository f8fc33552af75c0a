//! One call from admission to settlement.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::calls::{Admission, Admitted, Bound, CallRecord, Endpoint, Status, Verdict};
use domain::ids::CallId;
use domain::keys::{KeyHash, Scope};
use domain::limits::{Applied, Metric};
use domain::money::PicoUsd;
use domain::pricing::Quote;
use domain::usage::{Usage, UsageQuality};
use http::HeaderMap;
use ledger::DbError;
use ledger::calls;
use openai::wire::ParsedUsage;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::timeout_at;
use web::{ApiError, Deadline};

use crate::state::ChatState;

/// Kept back from the host's deadline, to settle and to end the answer.
const TIME_TO_END: Duration = Duration::from_secs(5);
/// After the last instant a function may settle, before the sweeper takes the call for lost.
const SWEEP_GRACE: Duration = Duration::from_mins(1);

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
    pub input_bound_tokens: i64,
    /// Of all choices together; `None` where the request names none.
    pub output_bound_tokens: Option<i64>,
    pub choices: i64,
    /// Parts of the request that nothing bounds, named.
    pub unbounded: Vec<String>,
    pub sdk: Option<String>,
    pub tags: Option<Value>,
    pub idempotency: Option<KeyHash>,
    /// When the request arrived.
    pub started: Instant,
    /// The host's, if it has one.
    pub deadline: Option<Deadline>,
}

/// An admitted call. It must be settled: where it is not, the sweeper records it as abandoned.
pub(crate) struct Call {
    state: ChatState,
    new: NewCall,
    admitted: Admitted,
    /// When to give up on the provider.
    pub deadline: Instant,
}

/// How the provider's part of a call ended.
pub(crate) struct Ending {
    pub status: Status,
    /// What to book where the provider reported no usage; `None` books nothing of unknown cost.
    pub estimate: Option<Usage>,
    /// Whether a call without usage certainly cost nothing: it never reached the provider, or was refused there.
    pub is_free: bool,
    pub http_status: Option<u16>,
    pub error_code: Option<String>,
    pub attempts: u32,
    pub retried: Usage,
    pub usage: Option<ParsedUsage>,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub first_byte: Option<Duration>,
    /// Time that was not ours: waiting for the provider, or for a caller who reads slowly.
    pub waited: Duration,
    pub upstream_request_id: Option<String>,
}

/// What the caller may learn of a settled call.
pub(crate) struct Settled {
    pub usage: Usage,
    pub cost: Option<PicoUsd>,
}

impl Call {
    /// Decides and reserves, in one round trip; in two after a change of prices.
    pub(crate) async fn admit(state: &ChatState, new: NewCall) -> Result<Self, ApiError> {
        let deadline = deadline(state, new.started, new.deadline);
        let time_to_settle = deadline.saturating_duration_since(Instant::now()) + TIME_TO_END + SWEEP_GRACE;
        for _ in 0..4 {
            let prices = state.prices();
            let price =
                prices.dearest(&new.model, new.service_tier.as_deref(), new.input_bound_tokens, wall_clock());
            let admission = Admission {
                id: new.id,
                key: new.key,
                price_version: prices.version(),
                label: new.label.as_deref(),
                fallback_label: new.fallback_label.as_deref(),
                model: &new.model,
                endpoint: new.endpoint,
                stream: new.stream,
                service_tier: new.service_tier.as_deref(),
                bound: Bound {
                    input_tokens: new.input_bound_tokens,
                    output_tokens: new.output_bound_tokens,
                    fill_tokens: prices.max_output_tokens(&new.model).saturating_mul(new.choices),
                    choices: new.choices,
                    price,
                    unbounded: (!new.unbounded.is_empty()).then(|| new.unbounded.join(", ")),
                },
                time_to_settle,
                sdk: new.sdk.as_deref(),
                tags: new.tags.as_ref(),
                idempotency: new.idempotency,
            };
            let verdict =
                timeout_at(last_instant(deadline).into(), calls::admit(state.database(), &admission));
            match verdict.await.map_err(|_| DbError::Late)?? {
                Verdict::Admitted(admitted) => {
                    return Ok(Self { state: state.clone(), new, admitted, deadline });
                }
                Verdict::StalePrices => state.reload_prices().await?,
                Verdict::InvalidKey => return Err(ApiError::KeyInvalid),
                Verdict::ScopeMissing => return Err(ApiError::ScopeMissing(Scope::Chat)),
                Verdict::LabelNotAllowed => return Err(ApiError::LabelNotAllowed),
                Verdict::ModelNotAllowed => return Err(ApiError::ModelNotAllowed(new.model)),
                Verdict::IdempotencyInProgress => return Err(ApiError::IdempotencyInProgress),
                Verdict::ModelNotPriced => return Err(ApiError::ModelNotPriced(new.model)),
                Verdict::Unbounded => return Err(ApiError::UnboundedRequest(new.unbounded)),
                Verdict::Limited(refusal) => {
                    let outlook = refusal.outlook(wall_clock(), jitter(new.id));
                    return Err(ApiError::Limited { refusal, outlook });
                }
            }
        }
        Err(ApiError::Internal("the prices changed faster than they could be read".into()))
    }

    pub(crate) fn id(&self) -> CallId {
        self.new.id
    }

    /// The output bound that a hard limit filled in, in tokens of one choice.
    pub(crate) fn filled_output_bound(&self) -> Option<u64> {
        if self.new.output_bound_tokens.is_some() {
            return None;
        }
        let tokens = self.admitted.output_bound_tokens? / self.new.choices.max(1);
        u64::try_from(tokens).ok()
    }

    /// What the caller is told of the limits that apply; of a settled call with what it really cost.
    pub(crate) fn limit_headers(&self, settled: Option<&Settled>) -> HeaderMap {
        let mut limits = self.admitted.limits.clone();
        if let Some(settled) = settled {
            self.give_back(&mut limits, settled);
        }
        web::limit_headers(&limits, wall_clock())
    }

    /// Since the request arrived.
    pub(crate) fn elapsed(&self) -> Duration {
        self.new.started.elapsed()
    }

    /// What an answer of `output_bytes` is booked as where the provider's counts never came.
    pub(crate) fn estimate(&self, output_bytes: u64) -> Usage {
        let output_tokens = i64::try_from(output_bytes).unwrap_or(i64::MAX);
        Usage {
            input_tokens: self.new.input_bound_tokens,
            // The provider keeps to the bound it was given, however many bytes it wrote around its tokens.
            output_tokens: self
                .admitted
                .output_bound_tokens
                .map_or(output_tokens, |bound| bound.min(output_tokens)),
            ..Usage::default()
        }
        .clamped()
        .0
    }

    /// What an answer that is not there yet is booked as: it may have all the output it is allowed.
    pub(crate) fn estimate_unfinished(&self) -> Usage {
        let most = self.state.prices().max_output_tokens(&self.new.model).saturating_mul(self.new.choices);
        let output_tokens = self.admitted.output_bound_tokens.unwrap_or(most);
        self.estimate(u64::try_from(output_tokens).unwrap_or_default())
    }

    /// Writes the ledger row, durably. While the database is away this is tried until the call's last instant; a call
    /// that could not be settled by then is left to the sweeper, so the caller gets the answer in any case.
    pub(crate) async fn settle(&self, ending: Ending) -> Settled {
        let (settled, record) = self.record(ending);
        let last_instant = last_instant(self.deadline);
        let mut pause = Duration::from_millis(20);
        loop {
            let attempt = calls::settle(self.state.database(), &record, &self.admitted.reservations);
            match timeout_at(last_instant.into(), attempt).await.unwrap_or(Err(DbError::Late)) {
                Ok(()) => return settled,
                Err(error) if error.is_transient() && Instant::now() + pause < last_instant => {
                    tracing::warn!(call_id = %record.id, %error, "Settling a call is tried again.");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                Err(error) => {
                    tracing::error!(call_id = %record.id, %error, "A call could not be settled and will be swept.");
                    return settled;
                }
            }
        }
    }

    /// Takes the reservation of a settled call back out of `limits` and leaves what it used.
    fn give_back(&self, limits: &mut [Applied], settled: &Settled) {
        for limit in limits {
            let (bound, used) = match limit.metric {
                Metric::Usd => match (self.admitted.reserved, settled.cost) {
                    (Some(reserved), Some(cost)) => (reserved.as_pico(), cost.as_pico()),
                    _ => continue,
                },
                Metric::Tokens => {
                    let output = self.admitted.output_bound_tokens.unwrap_or_default();
                    (self.new.input_bound_tokens.saturating_add(output), settled.usage.total_tokens())
                }
                Metric::Requests => (1, 1),
                Metric::Concurrency => (1, 0),
            };
            limit.reserved = limit.reserved.saturating_sub(bound).max(0);
            limit.used = limit.used.saturating_add(used);
        }
    }

    fn record(&self, ending: Ending) -> (Settled, CallRecord) {
        let latency = self.elapsed();
        let at = self.admitted.opened_at + TimeDelta::from_std(latency).unwrap_or_default();
        let prices = self.state.prices();
        let price = |usage: &Usage| {
            prices.quote(
                ending.served_model.as_deref(),
                &self.new.model,
                ending.service_tier.as_deref(),
                usage,
                at,
            )
        };
        let reported = ending.usage.as_ref();
        let is_exact = reported.is_some_and(|usage| usage.quality == UsageQuality::Exact);
        let usage = reported.map(|reported| reported.usage).or(ending.estimate);
        let quoted: Option<Quote> = usage.as_ref().and_then(price);
        let cost = match (usage, ending.is_free) {
            (None, true) => Some(PicoUsd::ZERO),
            _ => quoted.map(|quote| quote.cost),
        };
        let retried_cost = if ending.retried == Usage::default() {
            Some(PicoUsd::ZERO)
        } else {
            price(&ending.retried).map(|quote| quote.cost)
        };
        let cost = cost.and_then(|cost| cost.checked_add(retried_cost?));
        let usage = usage.unwrap_or_default();
        let total = usage.plus(&ending.retried);
        let status = match ending.status {
            Status::Settled if !is_exact => Status::Estimated,
            status => status,
        };
        let record = CallRecord {
            id: self.new.id,
            started_at: self.admitted.opened_at,
            key_id: self.admitted.key_id,
            user_label: self.admitted.user_label.clone(),
            endpoint: self.new.endpoint,
            model: self.new.model.clone(),
            served_model: ending.served_model.clone(),
            service_tier: ending.service_tier.clone().or_else(|| self.new.service_tier.clone()),
            stream: self.new.stream,
            status,
            http_status: ending.http_status,
            error_code: ending.error_code,
            attempts: ending.attempts,
            usage: total,
            retried: ending.retried,
            cost,
            retried_cost,
            price_id: quoted.map(|quote| quote.price_id),
            latency,
            first_byte: ending.first_byte,
            overhead: latency.saturating_sub(ending.waited),
            upstream_request_id: ending.upstream_request_id,
            tags: self.new.tags.clone(),
            sdk: self.new.sdk.clone(),
            raw_usage: ending.usage.and_then(|usage| RawValue::from_string(usage.raw).ok()),
            // In money, or in tokens where nobody knows the price.
            overrun: self.admitted.reserved.is_some_and(|reserved| cost.is_some_and(|cost| cost > reserved))
                || self.admitted.output_bound_tokens.is_some_and(|output| {
                    total.total_tokens() > self.new.input_bound_tokens.saturating_add(output)
                }),
        };
        (Settled { usage: total, cost }, record)
    }
}

/// When to give up on the provider: within our patience, and while the host leaves time to settle and to say so.
pub(crate) fn deadline(state: &ChatState, started: Instant, host: Option<Deadline>) -> Instant {
    let patience = started + state.upstream().timeout();
    match host {
        Some(Deadline(at)) => patience.min(at.checked_sub(TIME_TO_END).unwrap_or(at)),
        None => patience,
    }
}

/// When to give up on the database: a second is left to end the answer.
fn last_instant(deadline: Instant) -> Instant {
    deadline + TIME_TO_END.saturating_sub(Duration::from_secs(1))
}

/// A number in `[0, 1)` out of the random part of an id.
fn jitter(id: CallId) -> f64 {
    let [.., a, b, c, d] = id.as_uuid().into_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}

/// Prices an upper bound before the database has told its time; a settlement is priced by the database's clock.
fn wall_clock() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}

/// The provider's id of a request, as its answers carry it.
pub(crate) fn upstream_request_id(headers: &HeaderMap) -> Option<String> {
    headers.get("x-request-id")?.to_str().ok().map(str::to_owned)
}
