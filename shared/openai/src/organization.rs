//! The provider's own figures: usage and costs of its organization, per day, for whoever has an admin key.

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

use super::answer::{Failure, FailureKind};
use super::client::{Client, Outgoing};

/// More pages than a week of days can fill.
const MAX_PAGES: usize = 50;
/// Days of one page: the provider's own default.
pub const PAGE_DAYS: usize = 7;

/// Where usage of a kind is read.
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
pub enum FiguresError {
    /// The key is no admin key, or no longer.
    #[error("the provider refused the admin key with status {0}")]
    Unauthorised(u16),
    #[error("the provider answered with status {0}")]
    Status(u16),
    #[error("the provider gave no answer")]
    NoAnswer(#[source] Failure),
    #[error("the provider's answer broke off")]
    Broken(#[source] FailureKind),
    #[error("the provider's answer could not be read")]
    Malformed(#[source] serde_json::Error),
    #[error("the provider's answer holds an amount that is none")]
    Amount(#[source] MoneyError),
    #[error("the provider bills in another currency than USD")]
    Currency,
    #[error("the provider's answer has more than {MAX_PAGES} pages, or turns in a circle")]
    Endless,
}

/// Per day; a day that the provider says nothing of is not in it.
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
    // Costs had `result` for it once.
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
    /// A number, or its text: read as it stands, and never as a float.
    value: Box<RawValue>,
    currency: String,
}

impl WireCost {
    fn parse(self) -> Result<ProviderCost, FiguresError> {
        if !self.amount.currency.eq_ignore_ascii_case("usd") {
            return Err(FiguresError::Currency);
        }
        let value = self.amount.value.get().trim_matches('"');
        let amount = PicoUsdSum::from_provider_text(value).map_err(FiguresError::Amount)?;
        Ok(ProviderCost { line_item: self.line_item, project_id: self.project_id, amount })
    }
}

/// What was used on each of some days.
pub async fn usage(
    client: &Client,
    kind: UsageKind,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<ProviderUsage>, FiguresError> {
    pages(client, path(kind), days, deadline).await
}

/// What was billed for each of some days.
pub async fn costs(
    client: &Client,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<ProviderCost>, FiguresError> {
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
) -> Result<ByDay<T>, FiguresError> {
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
        let page: Page<T> =
            serde_json::from_slice(&get(client, &path, deadline).await?).map_err(FiguresError::Malformed)?;
        for bucket in page.data {
            let day = DateTime::from_timestamp(bucket.start_time, 0).map(|start| start.date_naive());
            if let Some(day) = day.filter(|day| days.contains(day)) {
                found.entry(day).or_insert_with(Vec::new).extend(bucket.results);
            }
        }
        match page.next {
            Some(next) if page.has_more && cursor.as_ref() != Some(&next) => cursor = Some(next),
            Some(_) if page.has_more => return Err(FiguresError::Endless),
            _ => return Ok(found),
        }
    }
    Err(FiguresError::Endless)
}

async fn get(client: &Client, path: &str, deadline: Instant) -> Result<Bytes, FiguresError> {
    let outgoing = Outgoing {
        method: Method::GET,
        path,
        headers: HeaderMap::new(),
        body: Bytes::new(),
        key: None,
        deadline,
        kind: None,
    };
    let answer = client.send(&outgoing).await.map_err(FiguresError::NoAnswer)?;
    match answer.status.as_u16() {
        200..300 => answer.read(deadline).await.map_err(FiguresError::Broken),
        status @ (401 | 403) => Err(FiguresError::Unauthorised(status)),
        status => Err(FiguresError::Status(status)),
    }
}
