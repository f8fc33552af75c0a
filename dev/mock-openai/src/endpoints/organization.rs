//! `GET /v1/organization/usage/*` and `/v1/organization/costs`: what the mock served, as the provider tells an
//! administrator. Figures come in buckets of UTC time, paged by `limit`; admin keys alone may see them.

use std::collections::BTreeMap;
use std::future::pending;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, Uri, request};
use serde_json::{Map, Value, json};

use crate::billing::{Billed, Kind, Priced};
use crate::errors::{self, Invalid, WrongKey};
use crate::exchange;
use crate::mock::Mock;
use crate::{Behaviour, Fault};

use super::Endpoint;

const DAY: u64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figures {
    Usage(Kind),
    Costs,
}

impl Figures {
    /// What a script names in place of a model.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Usage(Kind::Completions) => "organization/usage/completions",
            Self::Usage(Kind::Embeddings) => "organization/usage/embeddings",
            Self::Costs => "organization/costs",
        }
    }

    const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Usage(Kind::Completions) => {
                &["project_id", "user_id", "api_key_id", "model", "batch", "service_tier"]
            }
            Self::Usage(Kind::Embeddings) => &["project_id", "user_id", "api_key_id", "model"],
            Self::Costs => &["project_id", "line_item"],
        }
    }

    /// Width of a bucket in seconds, and how many a page has by default and at most.
    fn buckets(self, width: &str) -> Option<(u64, usize, usize)> {
        match (self, width) {
            (Self::Costs, "1d") => Some((DAY, 7, 180)),
            (Self::Usage(_), "1d") => Some((DAY, 7, 31)),
            (Self::Usage(_), "1h") => Some((3_600, 24, 168)),
            (Self::Usage(_), "1m") => Some((60, 60, 1_440)),
            _ => None,
        }
    }
}

pub(crate) async fn answer(mock: Arc<Mock>, figures: Figures, request: Request<Body>) -> Response {
    let started = Instant::now();
    let response = match exchange::receive(&mock, request).await {
        Ok((parts, _)) => steered(&mock, figures, &parts).await,
        Err(invalid) => invalid.response(),
    };
    exchange::stamp(response, &mock.next_id("req_"), started)
}

async fn steered(mock: &Mock, figures: Figures, parts: &request::Parts) -> Response {
    let key = match exchange::authorise(mock, &parts.headers) {
        Ok(key) if !key.starts_with("sk-") => return WrongKey(Some(key.to_owned())).response(),
        Ok(key) if !key.starts_with("sk-admin-") => return errors::missing_scope(),
        Ok(key) => key,
        Err(wrong) => return wrong.response(),
    };
    let mut wanted = match Behaviour::read("", &Value::Null, &parts.headers) {
        Ok(wanted) => wanted,
        Err(bad) => {
            let message = format!("The mock cannot read '{}'.", bad.0);
            return Invalid::param(message, &bad.0, "mock_parameter").response();
        }
    };
    if let Some(step) = mock.scripted(figures.name(), &parts.headers, wanted.tag.as_deref()) {
        wanted.overlay(step);
    }
    if !wanted.latency().is_zero() {
        tokio::time::sleep(wanted.latency()).await;
    }
    if let Some(fault) = wanted.fault
        && let Some(response) = errors::refusal(fault, &wanted, Endpoint::Chat, figures.name(), key)
    {
        return response;
    }
    match wanted.fault {
        Some(Fault::Hang) => pending::<Response>().await,
        Some(Fault::BadJson) => {
            errors::respond(200, "application/json", "{\"object\": \"page\", \"data\": [")
        }
        _ => match Query::read(figures, &parts.uri, wanted.page_buckets) {
            Ok(query) => errors::json_response(200, &query.page(mock)),
            Err(invalid) => invalid.response(),
        },
    }
}

struct Query {
    figures: Figures,
    range: Range<u64>,
    width: u64,
    page_buckets: usize,
    groups: Vec<String>,
    filters: BTreeMap<&'static str, Vec<String>>,
}

impl Query {
    fn read(figures: Figures, uri: &Uri, page_buckets: Option<usize>) -> Result<Self, Invalid> {
        let extract::Query(pairs) = extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Invalid::new("The query string could not be read."))?;
        let all = |wanted: &str| -> Vec<String> {
            let matches = |name: &str| name.strip_suffix("[]").unwrap_or(name) == wanted;
            pairs.iter().filter(|(name, _)| matches(name)).map(|(_, value)| value.clone()).collect()
        };
        let one = |wanted: &str| all(wanted).pop();
        let seconds = |name: &'static str| -> Result<Option<u64>, Invalid> {
            let Some(text) = one(name) else { return Ok(None) };
            let number = text.parse().map(Some);
            number.map_err(|_| Invalid::param(format!("Invalid '{name}'."), name, "invalid_type"))
        };
        let from = seconds("start_time")?.ok_or_else(|| Invalid::missing("start_time"))?;
        let to = seconds("end_time")?.unwrap_or_else(now);
        let (width, default, most) = figures
            .buckets(one("bucket_width").as_deref().unwrap_or("1d"))
            .ok_or_else(|| Invalid::param("Invalid 'bucket_width'.", "bucket_width", "invalid_value"))?;
        let limit = match one("limit").map(|text| text.parse::<usize>()) {
            None => default,
            Some(Ok(limit)) if (1..=most).contains(&limit) => limit,
            Some(_) => return Err(Invalid::param("Invalid 'limit'.", "limit", "invalid_value")),
        };
        let start = match one("page") {
            None => from / width * width,
            Some(page) => page
                .strip_prefix("page_")
                .and_then(|start| start.parse().ok())
                .ok_or_else(|| Invalid::param("Invalid 'page'.", "page", "invalid_value"))?,
        };
        let groups = all("group_by");
        if groups.iter().any(|group| !figures.groups().contains(&group.as_str())) {
            return Err(Invalid::param("Invalid 'group_by'.", "group_by", "invalid_value"));
        }
        let filters = [("project_id", "project_ids"), ("api_key_id", "api_key_ids"), ("model", "models")]
            .map(|(field, name)| (field, all(name)));
        Ok(Self {
            figures,
            range: start..to,
            width,
            page_buckets: page_buckets.unwrap_or(limit).min(limit).max(1),
            groups,
            filters: filters.into_iter().filter(|(_, values)| !values.is_empty()).collect(),
        })
    }

    fn page(&self, mock: &Mock) -> Value {
        let step = usize::try_from(self.width).unwrap_or(1);
        let mut starts = self.range.clone().step_by(step);
        let billing = mock.billing();
        let data: Vec<Value> = starts
            .by_ref()
            .take(self.page_buckets)
            .map(|start| {
                let end = start + self.width;
                let results = match self.figures {
                    Figures::Usage(kind) => self.usage(billing.usage(kind, start..end)),
                    Figures::Costs => self.costs(billing.costs(start..end)),
                };
                json!({ "object": "bucket", "start_time": start, "end_time": end, "results": results })
            })
            .collect();
        let next = starts.next().map(|start| format!("page_{start}"));
        json!({ "object": "page", "data": data, "has_more": next.is_some(), "next_page": next })
    }

    fn keeps(&self, fields: &BTreeMap<&'static str, Option<String>>) -> bool {
        self.filters.iter().all(|(field, allowed)| {
            fields.get(field).and_then(Option::as_ref).is_none_or(|value| allowed.contains(value))
        })
    }

    /// What is not grouped by is null, as the provider has it.
    fn group(
        &self,
        fields: &BTreeMap<&'static str, Option<String>>,
    ) -> BTreeMap<&'static str, Option<String>> {
        let value = |field: &'static str| {
            let wanted = self.groups.iter().any(|group| group == field);
            (field, fields.get(field).cloned().flatten().filter(|_| wanted))
        };
        self.figures.groups().iter().copied().map(value).collect()
    }

    fn usage(&self, billed: Vec<Billed>) -> Vec<Value> {
        let mut sums: BTreeMap<_, Billed> = BTreeMap::new();
        for entry in billed {
            let fields = BTreeMap::from([
                ("project_id", Some(entry.project_id.clone())),
                ("api_key_id", Some(entry.api_key_id.clone())),
                ("model", Some(entry.model.clone())),
                ("service_tier", Some(entry.service_tier.clone())),
            ]);
            if self.keeps(&fields) {
                let sum = sums.entry(self.group(&fields)).or_default();
                sum.requests += entry.requests;
                sum.usage += entry.usage;
            }
        }
        sums.into_iter().map(|(group, sum)| self.usage_result(group, &sum)).collect()
    }

    fn usage_result(&self, group: BTreeMap<&'static str, Option<String>>, sum: &Billed) -> Value {
        let usage = &sum.usage;
        let mut result = Map::new();
        result
            .insert("object".to_owned(), json!(format!("{}.result", self.figures.name().replace('/', "."))));
        result.insert("input_tokens".to_owned(), json!(usage.input_tokens));
        result.insert("num_model_requests".to_owned(), json!(sum.requests));
        if self.figures == Figures::Usage(Kind::Completions) {
            let counts = [
                ("output_tokens", usage.output_tokens),
                ("input_cached_tokens", usage.cached_tokens),
                ("input_cache_write_tokens", usage.cache_write_tokens),
                ("input_audio_tokens", usage.input_audio_tokens),
                ("output_audio_tokens", usage.output_audio_tokens),
            ];
            result.extend(counts.map(|(name, count)| (name.to_owned(), json!(count))));
        }
        result.extend(group.into_iter().map(|(field, value)| (field.to_owned(), json!(value))));
        Value::Object(result)
    }

    fn costs(&self, priced: Vec<Priced>) -> Vec<Value> {
        let mut sums: BTreeMap<_, u128> = BTreeMap::new();
        for entry in priced {
            let fields = BTreeMap::from([
                ("project_id", Some(entry.project_id)),
                ("line_item", Some(entry.line_item)),
            ]);
            if self.keeps(&fields) {
                *sums.entry(self.group(&fields)).or_default() += entry.pico_usd;
            }
        }
        let result = |(group, pico): (BTreeMap<&'static str, Option<String>>, u128)| {
            #[expect(clippy::cast_precision_loss, reason = "the provider's amounts are binary floats, too")]
            let value = pico as f64 / 1e12;
            json!({
                "object": "organization.costs.result",
                "amount": { "value": value, "currency": "usd" },
                "line_item": group.get("line_item"),
                "project_id": group.get("project_id"),
            })
        };
        sums.into_iter().map(result).collect()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}
