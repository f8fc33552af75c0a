//! Anthropic's usage and costs. It counts tokens, not calls, and its tiers are not those of the ledger: fast mode and
//! the place of inference are dimensions of their own there.

use std::ops::Range;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use domain::money::PicoUsdSum;
use domain::provider::{ProviderCost, ProviderUsage};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::pages::{Bucket, Report, pages};
use super::{ByDay, OrganizationError, PAGE_DAYS};
use crate::client::Client;

/// `[]`, as the reference has it.
const USAGE: &str = "/v1/organizations/usage_report/messages?group_by%5B%5D=model&group_by%5B%5D=workspace_id&group_by%5B%5D=api_key_id&group_by%5B%5D=service_tier";
const COSTS: &str = "/v1/organizations/cost_report?group_by%5B%5D=workspace_id&group_by%5B%5D=description";

#[derive(Deserialize)]
struct WireBucket<T> {
    starting_at: DateTime<Utc>,
    results: Vec<T>,
}

impl<T: DeserializeOwned> Bucket for WireBucket<T> {
    type Line = T;

    fn start(&self) -> Option<DateTime<Utc>> {
        Some(self.starting_at)
    }

    fn into_lines(self) -> Vec<T> {
        self.results
    }
}

#[derive(Deserialize)]
struct WireUsage {
    model: Option<String>,
    workspace_id: Option<String>,
    api_key_id: Option<String>,
    service_tier: Option<String>,
    #[serde(default)]
    uncached_input_tokens: i64,
    #[serde(default)]
    cache_read_input_tokens: i64,
    #[serde(default)]
    cache_creation: CacheCreation,
    #[serde(default)]
    output_tokens: i64,
}

#[derive(Default, Deserialize)]
struct CacheCreation {
    #[serde(default)]
    ephemeral_5m_input_tokens: i64,
    #[serde(default)]
    ephemeral_1h_input_tokens: i64,
}

impl WireUsage {
    fn into_usage(self) -> ProviderUsage {
        let creation = self.cache_creation;
        let written = creation.ephemeral_5m_input_tokens.saturating_add(creation.ephemeral_1h_input_tokens);
        let beside = self.cache_read_input_tokens.saturating_add(written);
        ProviderUsage {
            model: self.model,
            project_id: self.workspace_id,
            api_key_id: self.api_key_id,
            service_tier: self.service_tier,
            requests: None,
            input_tokens: self.uncached_input_tokens.saturating_add(beside),
            cached_tokens: self.cache_read_input_tokens,
            cache_write_tokens: written,
            audio_input_tokens: 0,
            output_tokens: self.output_tokens,
            audio_output_tokens: 0,
        }
    }
}

#[derive(Deserialize)]
struct WireCost {
    /// Cents, as a decimal.
    amount: String,
    currency: String,
    workspace_id: Option<String>,
    description: Option<String>,
    cost_type: Option<String>,
    model: Option<String>,
    token_type: Option<String>,
}

impl WireCost {
    fn parse(self) -> Result<ProviderCost, OrganizationError> {
        if !self.currency.eq_ignore_ascii_case("usd") {
            return Err(OrganizationError::Currency);
        }
        let amount = PicoUsdSum::from_provider_text(&format!("{}e-2", self.amount));
        let amount = amount.map_err(OrganizationError::Amount)?;
        Ok(ProviderCost { line_item: self.line_item(), project_id: self.workspace_id, amount })
    }

    /// Named like OpenAI's: `claude-opus-5, cached input`.
    fn line_item(&self) -> Option<String> {
        let bucket = self.token_type.as_deref().map(|name| match name {
            "uncached_input_tokens" => "input",
            "output_tokens" => "output",
            "cache_read_input_tokens" => "cached input",
            _ if name.starts_with("cache_creation") => "cache write input",
            _ => "other input",
        });
        match (self.model.as_deref(), bucket, self.cost_type.as_deref()) {
            (Some(model), Some(bucket), _) => Some(format!("{model}, {bucket}")),
            (_, _, Some(fee)) if fee != "tokens" => Some(fee.replace('_', " ")),
            _ => self.description.clone(),
        }
    }
}

pub(super) async fn usage(
    client: &Client,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<ProviderUsage>, OrganizationError> {
    let usage = pages::<WireBucket<WireUsage>>(client, &report(USAGE, days), days, deadline).await?;
    let read = |lines: Vec<WireUsage>| lines.into_iter().map(WireUsage::into_usage).collect();
    Ok(usage.into_iter().map(|(day, lines)| (day, read(lines))).collect())
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
    let (from, to) = (days.start, days.end);
    let path = format!(
        "{path}&bucket_width=1d&limit={PAGE_DAYS}&starting_at={from}T00:00:00Z&ending_at={to}T00:00:00Z"
    );
    let version = (HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"));
    Report { path, headers: HeaderMap::from_iter([version]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_read_exactly_and_lines_are_named_by_model_or_fee() {
        let line = |json: serde_json::Value| {
            let cost = serde_json::from_value::<WireCost>(json).unwrap().parse().unwrap();
            (cost.line_item.unwrap_or_default(), cost.amount.as_pico())
        };
        let tokens = |kind: &str| {
            line(serde_json::json!({
                "currency": "USD", "amount": "123.456789012345", "cost_type": "tokens", "token_type": kind,
                "model": "claude-opus-5", "description": "Claude Opus 5 Usage"
            }))
        };
        for (kind, name) in [
            ("uncached_input_tokens", "claude-opus-5, input"),
            ("output_tokens", "claude-opus-5, output"),
            ("cache_read_input_tokens", "claude-opus-5, cached input"),
            ("cache_creation.ephemeral_1h_input_tokens", "claude-opus-5, cache write input"),
        ] {
            assert_eq!(tokens(kind), (name.to_owned(), 1_234_567_890_123));
        }
        let search = line(serde_json::json!({
            "currency": "USD", "amount": "1", "cost_type": "web_search", "model": null, "token_type": null
        }));
        assert_eq!(search, ("web search".to_owned(), 10_000_000_000));
    }
}
