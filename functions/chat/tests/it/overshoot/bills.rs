//! What the provider billed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::limits::Metric;
use domain::pricing::PriceBook;
use domain::provider::Provider;
use domain::usage::Usage;
use ledger::prices;
use mock_provider::ProviderCall;

use super::calls::Call;
use super::world::World;

/// The provider's bill for each call.
pub(super) struct Bills {
    book: PriceBook,
    at: DateTime<Utc>,
    calls: BTreeMap<String, Vec<ProviderCall>>,
}

impl Bills {
    pub(super) async fn of_all(world: &World) -> Self {
        let now = world.harness.db.rows("select clock_timestamp() as at").await;
        let calls = world.harness.mock.counters().calls;
        for tag in calls.keys() {
            let call = &world.made[tag];
            assert!(!world.is_refused_as_unbounded(call), "{}", call.request.body);
        }
        Self {
            book: prices::load(&world.database).await.unwrap(),
            at: now[0]["at"].as_str().unwrap().parse().unwrap(),
            calls: calls.into_iter().collect(),
        }
    }

    /// Money without fees of tools, or tokens.
    pub(super) fn of(&self, call: &Call, metric: Metric) -> i64 {
        let attempts = self.calls.get(&call.tag).into_iter().flatten();
        let amounts = attempts.filter_map(|attempt| {
            let usage = used(&attempt.usage?);
            let (served, tier) = (attempt.served_model.as_deref(), attempt.service_tier.as_deref());
            let model = Provider::OPENAI.model(call.request.model);
            let quote = self.book.quote(served, model, tier, &usage, self.at);
            Some(match metric {
                Metric::Usd => quote.map_or(0, |quote| quote.cost.as_pico()),
                _ => usage.total_tokens(),
            })
        });
        amounts.sum()
    }
}

fn used(usage: &mock_provider::Usage) -> Usage {
    let count = |count: u64| i64::try_from(count).unwrap();
    Usage {
        input_tokens: count(usage.input_tokens),
        cached_tokens: count(usage.cached_tokens),
        cache_write_tokens: count(usage.cache_write_tokens),
        audio_input_tokens: count(usage.input_audio_tokens),
        output_tokens: count(usage.output_tokens),
        reasoning_tokens: count(usage.reasoning_tokens),
        audio_output_tokens: count(usage.output_audio_tokens),
        ..Usage::default()
    }
}
