//! What OpenAI and Anthropic report of each day: the same calls at the right prices, and OpenAI on one day fewer than
//! the ledger.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use chrono::{NaiveDate, TimeDelta};
use domain::ids::RequestId;
use domain::money::PicoUsdSum;
use domain::pricing::PriceBook;
use domain::provider::{ProviderCost, ProviderUsage, UsageKind};
use domain::usage::Usage;
use ledger::Database;
use ledger::prices;
use ledger::provider::{self, Day, Outcome};

use crate::call::{Call, Ending};
use crate::story::{DAYS, Story, UNEXPLAINED_DAYS_AGO};
use crate::vendor::Vendor;

const PROJECT: &str = "proj_demo";
const API_KEY: &str = "key_demo";
/// Calls that the provider does not count on the day without an explanation.
const MISSING_CALLS: usize = 23;

/// Stores the figures of every day but today, which the provider has not reported.
pub(crate) async fn store(database: &Database, story: &Story, calls: &[Call]) -> anyhow::Result<()> {
    let book = prices::load(database).await?;
    for vendor in [Vendor::OpenAi, Vendor::Anthropic] {
        store_of(vendor, database, (story, calls), &book).await?;
    }
    Ok(())
}

async fn store_of(
    vendor: Vendor,
    database: &Database,
    (story, calls): (&Story, &[Call]),
    book: &PriceBook,
) -> anyhow::Result<()> {
    let claimed = provider::claim(database, vendor.provider(), RequestId::generate().as_uuid(), true).await?;
    let lease = claimed.context("another run fetches the provider's figures")?;
    for days_ago in (1..=DAYS).rev() {
        let date = story.day(days_ago);
        let of_day =
            calls_of(calls, date).iter().filter(|call| call.model.vendor == vendor && is_counted(call));
        let mut of_day: Vec<&Call> = of_day.collect();
        if vendor == Vendor::OpenAi && days_ago == UNEXPLAINED_DAYS_AGO {
            of_day.truncate(of_day.len().saturating_sub(MISSING_CALLS));
        }
        let day = figures(date, &of_day, book);
        ensure!(provider::replace_day(database, &lease, &day).await?, "the lease was lost");
    }
    Ok(provider::release(database, &lease, Outcome::Complete, None).await?)
}

/// Of calls in the order of their ends.
fn calls_of(calls: &[Call], date: NaiveDate) -> &[Call] {
    let before = |day: NaiveDate| calls.partition_point(|call| call.created_at.date_naive() < day);
    &calls[before(date)..before(date + TimeDelta::days(1))]
}

/// Refused calls are not billed.
fn is_counted(call: &Call) -> bool {
    !matches!(call.ending, Ending::Failed(..))
}

fn figures(day: NaiveDate, calls: &[&Call], book: &PriceBook) -> Day {
    let mut usage: BTreeMap<&str, ProviderUsage> = BTreeMap::new();
    let mut costs: BTreeMap<(&str, &str), i128> = BTreeMap::new();
    let mut rates: BTreeMap<&str, Rates> = BTreeMap::new();
    for call in calls {
        let line = usage.entry(call.model.served).or_insert_with(|| line_of(call));
        line.requests = line.requests.map(|requests| requests + 1);
        line.input_tokens += call.usage.input_tokens;
        line.cached_tokens += call.usage.cached_tokens;
        line.cache_write_tokens += call.usage.cache_write_tokens + call.usage.cache_write_long_tokens;
        line.output_tokens += call.usage.output_tokens;
        let rates = rates.entry(call.model.served).or_insert_with(|| Rates::of(call, book));
        for (item, tokens, rate) in rates.parts(&call.usage) {
            *costs.entry((call.model.served, item)).or_default() += i128::from(tokens) * i128::from(rate);
        }
    }
    let costs = costs.into_iter().filter(|(_, pico)| *pico > 0).map(|((model, item), pico)| ProviderCost {
        line_item: Some(format!("{model}, {item}")),
        project_id: Some(PROJECT.to_owned()),
        amount: PicoUsdSum::from_pico(pico),
    });
    let kind = |served: &str| match served {
        _ if served.starts_with("text-embedding") => UsageKind::Embeddings,
        _ if served.starts_with("claude") => UsageKind::Messages,
        _ => UsageKind::Completions,
    };
    Day {
        day,
        usage: usage.into_iter().map(|(served, line)| (kind(served), line)).collect(),
        costs: Some(costs.collect()),
    }
}

fn line_of(call: &Call) -> ProviderUsage {
    // Anthropic counts tokens only, and calls the default tier by its own name.
    let (tier, requests) = match call.model.vendor {
        Vendor::Anthropic => ("standard", None),
        Vendor::OpenAi | Vendor::Google => ("default", Some(0)),
    };
    ProviderUsage {
        model: Some(call.model.served.to_owned()),
        project_id: Some(PROJECT.to_owned()),
        api_key_id: Some(API_KEY.to_owned()),
        service_tier: Some(tier.to_owned()),
        requests,
        input_tokens: 0,
        cached_tokens: 0,
        cache_write_tokens: 0,
        audio_input_tokens: 0,
        output_tokens: 0,
        audio_output_tokens: 0,
    }
}

/// Pico-USD for a token of a model on a day: no price of the story changes within one.
struct Rates {
    input: i64,
    cached_input: i64,
    cache_write: i64,
    cache_write_long: i64,
    output: i64,
}

impl Rates {
    fn of(call: &Call, book: &PriceBook) -> Self {
        let none = Usage::default();
        let rate = |usage: Usage| {
            let one = Call { usage, ending: Ending::Settled, ..call.clone() };
            one.cost(book).unwrap_or_default()
        };
        Self {
            input: rate(Usage { input_tokens: 1, ..none }),
            cached_input: rate(Usage { input_tokens: 1, cached_tokens: 1, ..none }),
            cache_write: rate(Usage { input_tokens: 1, cache_write_tokens: 1, ..none }),
            cache_write_long: rate(Usage { input_tokens: 1, cache_write_long_tokens: 1, ..none }),
            output: rate(Usage { output_tokens: 1, ..none }),
        }
    }

    /// As the provider itemises a bill.
    fn parts(&self, usage: &Usage) -> [(&'static str, i64, i64); 5] {
        [
            ("input", usage.uncached_tokens(), self.input),
            ("cached input", usage.cached_tokens, self.cached_input),
            ("cache write input", usage.cache_write_tokens, self.cache_write),
            ("cache write input", usage.cache_write_long_tokens, self.cache_write_long),
            ("output", usage.output_tokens, self.output),
        ]
    }
}
