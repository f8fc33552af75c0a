//! OpenAI's usage and costs.

use std::ops::Range;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::money::PicoUsdSum;
use domain::provider::{ProviderCost, ProviderUsage, UsageKind};
use http::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::pages::{Bucket, Report, pages};
use super::{ByDay, OrganizationError, PAGE_DAYS};
use crate::client::Client;

const COSTS: &str = "/organization/costs?group_by=project_id&group_by=line_item";

/// The path of a kind of usage.
const fn path(kind: UsageKind) -> &'static str {
    match kind {
        UsageKind::Embeddings => {
            "/organization/usage/embeddings?group_by=model&group_by=project_id&group_by=api_key_id"
        }
        UsageKind::Completions | UsageKind::Messages => {
            "/organization/usage/completions?group_by=model&group_by=project_id&group_by=api_key_id&group_by=service_tier"
        }
    }
}

#[derive(Deserialize)]
struct WireBucket<T> {
    start_time: i64,
    // Costs used to name it `result`.
    #[serde(alias = "result")]
    results: Vec<T>,
}

impl<T: DeserializeOwned> Bucket for WireBucket<T> {
    type Line = T;

    fn start(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(self.start_time, 0)
    }

    fn into_lines(self) -> Vec<T> {
        self.results
    }
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

pub(super) async fn usage(
    client: &Client,
    kind: UsageKind,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<ProviderUsage>, OrganizationError> {
    pages::<WireBucket<_>>(client, &report(path(kind), days), days, deadline).await
}

pub(super) async fn costs(
    client: &Client,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<ProviderCost>, OrganizationError> {
    let costs = pages::<WireBucket<WireCost>>(client, &report(COSTS, days), days, deadline).await?;
    let parsed = |costs: Vec<WireCost>| costs.into_iter().map(WireCost::parse).collect::<Result<_, _>>();
    costs.into_iter().map(|(day, costs)| Ok((day, parsed(costs)?))).collect()
}

fn report(path: &str, days: &Range<NaiveDate>) -> Report {
    let seconds = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp();
    let (from, to) = (seconds(days.start), seconds(days.end));
    let path = format!("{path}&bucket_width=1d&limit={PAGE_DAYS}&start_time={from}&end_time={to}");
    Report { path, headers: HeaderMap::new() }
}
