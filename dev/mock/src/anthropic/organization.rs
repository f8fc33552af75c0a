//! `GET /v1/organizations/usage_report/messages` and `/v1/organizations/cost_report`: what the mock served, by UTC day,
//! to an admin key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{self, State};
use axum::response::Response;
use chrono::{DateTime, SecondsFormat};
use http::{Request, Uri, request};
use serde_json::{Value, json};

use super::errors;
use crate::billing::BilledKind;
use crate::endpoint::Wire;
use crate::errors::InvalidKey;
use crate::fault::Fault;
use crate::mock::Mock;
use crate::usage::Usage;
use crate::{free, intake, reply};

const DAY: u64 = 86_400;
/// Days of a page, by default and at most.
const DEFAULT_LIMIT: usize = 7;
const MAX_LIMIT: usize = 31;

pub(super) async fn report_usage(State(mock): State<Arc<Mock>>, request: Request<Body>) -> Response {
    answer(mock, "organizations/usage_report/messages", request, usage_of).await
}

pub(super) async fn report_costs(State(mock): State<Arc<Mock>>, request: Request<Body>) -> Response {
    answer(mock, "organizations/cost_report", request, costs_of).await
}

/// The results of the day that begins at a second.
type Results = fn(&Mock, u64) -> Vec<Value>;

async fn answer(mock: Arc<Mock>, name: &str, request: Request<Body>, results: Results) -> Response {
    let started = Instant::now();
    let response = match intake::receive(&mock, request).await {
        Ok((parts, _)) => respond(&mock, name, &parts, results).await,
        Err(invalid) => invalid.response(Wire::Anthropic),
    };
    reply::with_standard_headers(response, Wire::Anthropic, &Mock::next_id("req_"), started)
}

async fn respond(mock: &Mock, name: &str, parts: &request::Parts, results: Results) -> Response {
    let key = match intake::authorise(mock, Wire::Anthropic, parts) {
        Ok(key) if !key.starts_with("sk-ant-admin") => {
            return InvalidKey(Some(key)).response(Wire::Anthropic);
        }
        Ok(key) => key,
        Err(wrong) => return wrong.response(Wire::Anthropic),
    };
    if !parts.headers.contains_key("anthropic-version") {
        return errors::error(400, "anthropic-version: header is required");
    }
    let behaviour = match free::behave(mock, Wire::Anthropic, name, parts, &Value::Null, &key).await {
        Ok(behaviour) => behaviour,
        Err(refused) => return refused,
    };
    match Days::read(&parts.uri, behaviour.page_buckets) {
        _ if behaviour.fault == Some(Fault::BadJson) => {
            reply::bytes(200, "application/json", "{\"data\": [{\"starting_at\"")
        }
        Ok(days) => reply::json(200, &days.page(mock, results)),
        Err(message) => errors::error(400, &message),
    }
}

/// The days of a page.
struct Days {
    first: u64,
    end: u64,
    limit: usize,
}

impl Days {
    fn read(uri: &Uri, page_buckets: Option<usize>) -> Result<Self, String> {
        let extract::Query(pairs) = extract::Query::<BTreeMap<String, String>>::try_from_uri(uri)
            .map_err(|_| "the query could not be read".to_owned())?;
        let find = |name: &str| pairs.get(name).map(String::as_str);
        if find("bucket_width").unwrap_or("1d") != "1d" {
            return Err("bucket_width: the mock has days only".to_owned());
        }
        let second = |name: &str| -> Result<u64, String> {
            let text = find(name).ok_or_else(|| format!("{name}: Field required"))?;
            let instant = DateTime::parse_from_rfc3339(text)
                .map_err(|_| format!("{name}: Input should be a valid datetime"))?;
            u64::try_from(instant.timestamp()).map_err(|_| format!("{name}: before 1970"))
        };
        let limit = find("limit").map_or(Ok(DEFAULT_LIMIT), str::parse);
        let limit = limit.ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        let limit = limit.ok_or_else(|| format!("limit: Input should be 1 to {MAX_LIMIT}"))?;
        let first = match find("page") {
            None => second("starting_at")? / DAY * DAY,
            Some(page) => page
                .strip_prefix("page_")
                .and_then(|start| start.parse().ok())
                .ok_or_else(|| "page: not a page of this report".to_owned())?,
        };
        let limit = page_buckets.unwrap_or(limit).clamp(1, limit);
        Ok(Self { first, end: second("ending_at")?, limit })
    }

    fn page(&self, mock: &Mock, results: Results) -> Value {
        let mut starts = (self.first..self.end).step_by(usize::try_from(DAY).unwrap_or(1));
        let bucket = |start: u64| {
            json!({
                "starting_at": text(start), "ending_at": text(start + DAY), "results": results(mock, start)
            })
        };
        let data: Vec<Value> = starts.by_ref().take(self.limit).map(bucket).collect();
        let next = starts.next().map(|start| format!("page_{start}"));
        json!({ "data": data, "has_more": next.is_some(), "next_page": next })
    }
}

fn text(second: u64) -> Option<String> {
    let instant = DateTime::from_timestamp(i64::try_from(second).ok()?, 0)?;
    Some(instant.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn usage_of(mock: &Mock, start: u64) -> Vec<Value> {
    let mut sums: BTreeMap<(String, String, String), Usage> = BTreeMap::new();
    for billed in mock.billing().usage(BilledKind::Messages, start..start + DAY) {
        *sums.entry((billed.model, billed.api_key_id, billed.service_tier)).or_default() += billed.usage;
    }
    let result = |((model, api_key_id, service_tier), usage): (_, Usage)| {
        json!({
            "uncached_input_tokens": usage.uncached_tokens(),
            "cache_read_input_tokens": usage.cached_tokens,
            "cache_creation": {
                "ephemeral_5m_input_tokens": usage.cache_write_tokens,
                "ephemeral_1h_input_tokens": usage.cache_write_long_tokens
            },
            "output_tokens": usage.output_tokens,
            "server_tool_use": { "web_search_requests": usage.web_search_requests },
            "model": model, "api_key_id": api_key_id, "service_tier": service_tier,
            // That of the organization's default workspace.
            "workspace_id": null, "context_window": null, "inference_geo": null
        })
    };
    sums.into_iter().map(result).collect()
}

fn costs_of(mock: &Mock, start: u64) -> Vec<Value> {
    let mut sums: BTreeMap<(Option<String>, &str), u128> = BTreeMap::new();
    for cost in mock.billing().message_costs(start..start + DAY) {
        *sums.entry((cost.model, cost.kind)).or_default() += cost.pico_usd;
    }
    let result = |((model, kind), pico_usd): ((Option<String>, &str), u128)| {
        let is_tokens = model.is_some();
        json!({
            "currency": "USD",
            // Cents.
            "amount": format!("{}.{:010}", pico_usd / 10_000_000_000, pico_usd % 10_000_000_000),
            "cost_type": if is_tokens { "tokens" } else { kind },
            "token_type": is_tokens.then_some(kind),
            "description": model.as_ref().map_or_else(|| kind.to_owned(), |model| format!("{model} usage")),
            "model": model, "workspace_id": null, "service_tier": is_tokens.then_some("standard"),
            "context_window": null, "inference_geo": null
        })
    };
    sums.into_iter().map(result).collect()
}
