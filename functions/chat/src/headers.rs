//! Headers of requests to the provider and of responses to callers.

use std::fmt::Write as _;
use std::time::Duration;

use axum::response::Response;
use domain::calls::Wire;
use domain::ids::{CallId, KeyId};
use domain::keys::KeyHasher;
use domain::money::PicoUsd;
use domain::names::is_tier;
use domain::usage::ReportedCost;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use upstream::{ProviderKey, forwarded_headers};

use crate::call::AdmittedCall;

/// The headers of a call's request with a JSON body to the provider. With another `salt`, the same call is another one
/// there: an idempotency key must not come back with another body.
pub(crate) fn upstream_headers(
    wire: Wire,
    from: &HeaderMap,
    key_id: Option<KeyId>,
    (provider_key, salt): (Option<&ProviderKey>, Option<&str>),
    hasher: &KeyHasher,
) -> HeaderMap {
    let mut headers = forwarded_headers(wire, from, provider_key.is_some());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if provider_key.is_none()
        && let (Some(key_id), Some(given)) = (key_id, from.get("idempotency-key"))
    {
        // All callers share our account at the provider, so each gets idempotency keys of its own there.
        let key_id = key_id.as_uuid();
        let mut parts = vec![&b"upstream idempotency"[..], key_id.as_bytes(), given.as_bytes()];
        parts.extend(salt.map(str::as_bytes));
        let digest = hasher.digest(&parts);
        let mut text = String::with_capacity(64);
        for byte in digest.as_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
        insert(&mut headers, "idempotency-key", &text);
    }
    headers
}

/// The provider's headers that are passed on to the caller, and `ours`. The provider's rate limits are passed on unless
/// a limit of ours is shown in their place. Those of Anthropic are not, as they describe a key that all callers share.
pub(crate) fn relayed_headers(from: &HeaderMap, ours: HeaderMap) -> HeaderMap {
    let is_rate = |name: &HeaderName| name.as_str().starts_with("x-ratelimit-");
    let shows_own_rate = ours.keys().any(is_rate);
    let is_relayed = |name: &HeaderName| {
        // An encoding is only left where the body is still encoded.
        [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::RETRY_AFTER].contains(name)
            || matches!(name.as_str(), "retry-after-ms" | "x-should-retry" | "request-id" | SERVED_TIER)
            || name.as_str().starts_with("openai-")
            || matches!(name.as_str(), "x-amzn-errortype" | "x-amzn-requestid")
            || name.as_str().starts_with("x-amzn-bedrock-")
            || is_rate(name) && !shows_own_rate
    };
    let relayed = from.iter().filter(|(name, _)| is_relayed(name));
    // With room for those of every response.
    let mut headers = HeaderMap::with_capacity(from.len() + ours.len() + 8);
    headers.extend(relayed.map(|(name, value)| (name.clone(), value.clone())));
    headers.extend(ours);
    headers
}

/// Whether a response is of this media type, whatever its case and parameters.
pub(crate) fn has_media_type(headers: &HeaderMap, media_type: &str) -> bool {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (essence, _) = content_type.split_once(';').unwrap_or((content_type, ""));
    essence.trim().eq_ignore_ascii_case(media_type)
}

/// Where Google names the tier that served a call, which may be another one than was asked for.
const SERVED_TIER: &str = "x-gemini-service-tier";
/// Where AWS does, of an Invoke.
const SERVED_TIER_OF_BEDROCK: &str = "x-amzn-bedrock-service-tier";
/// A latency that was optimised has prices of its own.
const LATENCY_OF_BEDROCK: &str = "x-amzn-bedrock-performanceconfig-latency";

/// The tier of a response that names it in a header.
pub(crate) fn served_tier(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let optimized = text(LATENCY_OF_BEDROCK).filter(|latency| *latency == "optimized");
    let tier = optimized.or(text(SERVED_TIER)).or(text(SERVED_TIER_OF_BEDROCK))?;
    is_tier(tier).then(|| tier.to_owned())
}

/// What a proxy says in a header that its answer costs, in USD.
pub(crate) fn stated_cost(headers: &HeaderMap) -> Option<ReportedCost> {
    let value = headers.get("x-litellm-response-cost")?.to_str().unwrap_or_default().trim();
    // As Python writes that there is none.
    let is_absent = value.is_empty() || value == "None";
    (!is_absent).then(|| PicoUsd::of_stated(value, 0).into())
}

/// The provider's id of a request.
pub(crate) fn upstream_request_id(headers: &HeaderMap) -> Option<String> {
    let id =
        ["x-request-id", "request-id", "x-amzn-requestid"].into_iter().find_map(|name| headers.get(name))?;
    id.to_str().ok().map(str::to_owned)
}

/// What every response to an admitted call carries, errors too: the call's id, the label it is
/// counted under, and the upstream that answered.
pub(crate) struct CallHeaders {
    id: CallId,
    user_label: String,
    upstream: String,
}

impl CallHeaders {
    pub(crate) fn of(call: &AdmittedCall) -> Self {
        Self {
            id: call.id(),
            user_label: encoded_label(call.user_label()),
            upstream: call.upstream_name().to_owned(),
        }
    }

    pub(crate) fn add_to(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        let id = self.id.to_string();
        insert(headers, "x-request-id", &id);
        insert(headers, "x-tokenmeter-call-id", &id);
        insert(headers, "x-tokenmeter-user-label", &self.user_label);
        insert(headers, "x-tokenmeter-upstream", &self.upstream);
        response
    }
}

/// What is encoded besides characters outside of ASCII. `%` is, so that decoding always returns the label.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

fn encoded_label(label: &str) -> String {
    utf8_percent_encode(label, ENCODED).to_string()
}

pub(crate) fn insert_overhead(headers: &mut HeaderMap, overhead: Duration) {
    insert(headers, "x-tokenmeter-overhead-ms", &format!("{:.3}", overhead.as_secs_f64() * 1000.0));
}

pub(crate) fn insert_cost(headers: &mut HeaderMap, cost: PicoUsd) {
    insert(headers, "x-tokenmeter-cost-usd", &cost.to_string());
}

/// Says that the call is settled later, once the provider's work in the background has ended.
pub(crate) fn insert_pending(headers: &mut HeaderMap) {
    insert(headers, "x-tokenmeter-settlement", "pending");
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
