//! The provider's organization endpoints: usage and costs per day. They require an admin key.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime};
use domain::money::{MoneyError, PicoUsdSum};
use domain::provider::{ProviderCost, ProviderUsage, UsageKind};
use http::{HeaderMap, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::client::Client;
use crate::request::UpstreamRequest;
use crate::response::{UpstreamFailure, UpstreamFailureKind};

/// More pages than seven days can fill.
const MAX_PAGES: usize = 50;
/// Days per page: the provider's default.
pub const PAGE_DAYS: usize = 7;

/// The path of a kind of usage.
const fn path(kind: UsageKind) -> &'static str {
    match kind {
        UsageKind::Completions => {
            "/organization/usage/completions?group_by=model&group_by=project_id&group_by=api_key_id&group_by=service_tier"
        }
        UsageKind::Embeddings => {
            "/organization/usage/embeddings?group_by=model&group_by=project_id&group_by=api_key_id"
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// The key is not an admin key, or was revoked.
    #[error("the provider refused the admin key with status {0}")]
    Unauthorised(u16),
    #[error("the provider responded with status {0}")]
    Status(u16),
    #[error("the provider did not respond")]
    NoResponse(#[source] UpstreamFailure),
    #[error("the provider's response broke off")]
    Broken(#[source] UpstreamFailureKind),
    #[error("the provider's response is malformed")]
    Malformed(#[source] serde_json::Error),
    #[error("the provider's response contains an invalid amount")]
    Amount(#[source] MoneyError),
    #[error("the provider bills in a currency other than USD")]
    Currency,
    #[error("the provider's response has more than {MAX_PAGES} pages or repeats a page")]
    Endless,
}

/// Rows per day. Days that the provider did not report are absent.
pub type ByDay<T> = BTreeMap<NaiveDate, Vec<T>>;

#[derive(Deserialize)]
struct Page<T> {
    data: Vec<Bucket<T>>,
    #[serde(default)]
    has_more: bool,
    #[serde(rename = "next_page")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Bucket<T> {
    start_time: i64,
    // Costs used to name it `result`.
    #[serde(alias = "result")]
    results: Vec<T>,
}

#[derive(Deserialize)]
struct WireCost {
    amount: Amount,
    line_item: Option<String>,
    project_id: Option<String>,
}

#[derive(Deserialize)]
struct Amount {
    /// A number or a string. Kept as text, because reading it as a float would lose digits.
    value: Box<RawValue>,
    currency: String,
}

impl WireCost {
    fn parse(self) -> Result<ProviderCost, OrganizationError> {
        if !self.amount.currency.eq_ignore_ascii_case("usd") {
            return Err(OrganizationError::Currency);
        }
        let value = self.amount.value.get().trim_matches('"');
        let amount = PicoUsdSum::from_provider_text(value).map_err(OrganizationError::Amount)?;
        Ok(ProviderCost { line_item: self.line_item, project_id: self.project_id, amount })
    }
}

/// Usage of one kind, per day.
pub async fn usage(
    client: &Client,
    kind: UsageKind,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<ProviderUsage>, OrganizationError> {
    pages(client, path(kind), days, deadline).await
}

/// Billed costs, per day.
pub async fn costs(
    client: &Client,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<ProviderCost>, OrganizationError> {
    let path = "/organization/costs?group_by=project_id&group_by=line_item";
    let costs: ByDay<WireCost> = pages(client, path, days, deadline).await?;
    let parsed = |costs: Vec<WireCost>| costs.into_iter().map(WireCost::parse).collect::<Result<_, _>>();
    costs.into_iter().map(|(day, costs)| Ok((day, parsed(costs)?))).collect()
}

async fn pages<T: DeserializeOwned>(
    client: &Client,
    path: &str,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<T>, OrganizationError> {
    let seconds = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp();
    let (from, to) = (seconds(days.start), seconds(days.end));
    let first = format!("{path}&bucket_width=1d&limit={PAGE_DAYS}&start_time={from}&end_time={to}");
    let mut found = ByDay::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let path = cursor.as_ref().map_or_else(
            || first.clone(),
            |page| format!("{first}&page={}", utf8_percent_encode(page, NON_ALPHANUMERIC)),
        );
        let page: Page<T> = serde_json::from_slice(&get(client, &path, deadline).await?)
            .map_err(OrganizationError::Malformed)?;
        for bucket in page.data {
            let day = DateTime::from_timestamp(bucket.start_time, 0).map(|start| start.date_naive());
            if let Some(day) = day.filter(|day| days.contains(day)) {
                found.entry(day).or_insert_with(Vec::new).extend(bucket.results);
            }
        }
        match page.next {
            Some(next) if page.has_more && cursor.as_ref() != Some(&next) => cursor = Some(next),
            Some(_) if page.has_more => return Err(OrganizationError::Endless),
            _ => return Ok(found),
        }
    }
    Err(OrganizationError::Endless)
}

async fn get(client: &Client, path: &str, deadline: Instant) -> Result<Bytes, OrganizationError> {
    let request = UpstreamRequest {
        method: Method::GET,
        path,
        headers: HeaderMap::new(),
        body: Bytes::new(),
        key: None,
        deadline,
        endpoint: None,
        may_bill_retries: true,
    };
    let response = client.send(&request).await.map_err(OrganizationError::NoResponse)?;
    match response.status.as_u16() {
        200..300 => response.read(deadline).await.map_err(OrganizationError::Broken),
        status @ (401 | 403) => Err(OrganizationError::Unauthorised(status)),
        status => Err(OrganizationError::Status(status)),
    }
}
