//! All price rows in memory, indexed by model.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::names::without_version;
use super::tier::DEFAULT;
use super::{ModelFacts, Price, canonical_tier, cost};
use crate::money::PicoUsd;
use crate::provider::{Provider, ProviderModel};
use crate::usage::Usage;

/// The cost of a call and the price row it was computed with; the ledger keeps both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub price_id: i64,
    pub cost: PicoUsd,
}

/// An immutable set of price rows. Comparing `version` shows whether a copy is still current.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    version: i64,
    by_provider: HashMap<Provider, ProviderPrices>,
    pub(super) facts: ModelFacts,
}

#[derive(Debug, Clone, Default)]
struct ProviderPrices {
    /// Rows of a model, highest threshold first, then newest first, so that the first match is the right one.
    by_model: HashMap<String, Vec<Price>>,
    aliases: HashMap<String, String>,
}

/// Another name for a model of a provider.
#[derive(Debug, Clone)]
pub struct Alias {
    pub provider: Provider,
    pub alias: String,
    pub model: String,
}

impl PriceBook {
    pub fn new(version: i64, prices: Vec<Price>, aliases: Vec<Alias>) -> Self {
        let mut by_provider: HashMap<Provider, ProviderPrices> = HashMap::new();
        for price in prices {
            let of_provider = by_provider.entry(price.provider.clone()).or_default();
            of_provider.by_model.entry(price.model.clone()).or_default().push(price);
        }
        for Alias { provider, alias, model } in aliases {
            by_provider.entry(provider).or_default().aliases.insert(alias, model);
        }
        for rows in by_provider.values_mut().flat_map(|of_provider| of_provider.by_model.values_mut()) {
            rows.sort_by(|a, b| {
                b.above_input_tokens
                    .cmp(&a.above_input_tokens)
                    .then_with(|| b.effective_from.cmp(&a.effective_from))
            });
        }
        Self { version, by_provider, facts: ModelFacts::default() }
    }

    #[must_use]
    pub fn with_facts(mut self, facts: ModelFacts) -> Self {
        self.facts = facts;
        self
    }

    pub fn version(&self) -> i64 {
        self.version
    }

    /// The row for a call with these properties. Each threshold of a tier has its own timeline, so that a new row for
    /// short calls does not replace the price of long ones.
    pub fn find(
        &self,
        model: ProviderModel<'_>,
        answered_tier: Option<&str>,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&Price> {
        let tier = canonical_tier(model.provider, answered_tier);
        find_row(self.resolve(model, tier, input_tokens, at)?, tier, input_tokens, at)
    }

    /// Prices a call by the model that served it, or by the requested one if the served name has no price. `None` means
    /// unpriced, never free.
    pub fn quote(
        &self,
        served_model: Option<&str>,
        requested: ProviderModel<'_>,
        answered_tier: Option<&str>,
        usage: &Usage,
        at: DateTime<Utc>,
    ) -> Option<Quote> {
        let price = self.price_of(served_model, requested, answered_tier, usage.input_tokens, at)?;
        Some(Quote { price_id: price.id, cost: cost(price, usage)? })
    }

    /// The row that [`PriceBook::quote`] uses.
    pub(super) fn price_of(
        &self,
        served_model: Option<&str>,
        requested: ProviderModel<'_>,
        answered_tier: Option<&str>,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&Price> {
        let tier = canonical_tier(requested.provider, answered_tier);
        let resolve = |model| self.resolve(model, tier, input_tokens, at);
        let served = served_model.map(|name| requested.provider.model(name));
        let rows = served.and_then(resolve).or_else(|| resolve(requested))?;
        find_row(rows, tier, input_tokens, at)
    }

    /// The book with an additional row, and the row that it replaces.
    #[must_use]
    pub fn corrected(&self, price: Price) -> (Self, Option<Price>) {
        let mut prices: Vec<Price> = self.rows().cloned().collect();
        let is_same = |row: &Price| {
            row.provider == price.provider
                && row.model == price.model
                && row.service_tier == price.service_tier
                && row.above_input_tokens == price.above_input_tokens
                && row.effective_from == price.effective_from
        };
        let replaced = prices.iter().position(is_same).map(|at| prices.swap_remove(at));
        prices.push(price);
        let mut book = Self::new(self.version, prices, Vec::new()).with_facts(self.facts.clone());
        for (provider, of_provider) in &self.by_provider {
            let copy = book.by_provider.entry(provider.clone()).or_default();
            copy.aliases.clone_from(&of_provider.aliases);
        }
        (book, replaced)
    }

    /// When a later row of the same model, tier and threshold takes effect.
    pub fn ends_at(&self, price: &Price) -> Option<DateTime<Utc>> {
        let rows = self.by_provider.get(&price.provider)?.by_model.get(&price.model)?.iter();
        rows.filter(|row| {
            row.service_tier == price.service_tier
                && row.above_input_tokens == price.above_input_tokens
                && row.effective_from > price.effective_from
        })
        .map(|row| row.effective_from)
        .min()
    }

    /// The row with this id.
    pub fn price(&self, id: i64) -> Option<&Price> {
        self.rows().find(|row| row.id == id)
    }

    fn rows(&self) -> impl Iterator<Item = &Price> {
        self.by_provider.values().flat_map(|of_provider| of_provider.by_model.values()).flatten()
    }

    /// The model's name, and all names whose calls its rows may price; each of them with or without a version.
    pub fn names_of(&self, model: ProviderModel<'_>) -> Vec<String> {
        let is_priced_by =
            |name: &str| name == model.name || without_version(model.provider, name) == Some(model.name);
        let aliases = self.by_provider.get(model.provider).into_iter().flat_map(|prices| &prices.aliases);
        let aliases = aliases.filter(|(_, stands_for)| is_priced_by(stands_for));
        std::iter::once(model.name.to_owned()).chain(aliases.map(|(alias, _)| alias.clone())).collect()
    }

    /// The model that a name is an alias of.
    pub(super) fn alias_of(&self, model: ProviderModel<'_>) -> Option<&str> {
        self.by_provider.get(model.provider)?.aliases.get(model.name).map(String::as_str)
    }

    /// The rows of the first name that has one in effect for such a call. A name whose only row in effect is for the
    /// default tier stands for itself: the price of another name must not stand in for that of its other tiers.
    fn resolve(
        &self,
        model: ProviderModel<'_>,
        tier: &str,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&[Price]> {
        self.rows_of(model).find(|rows| {
            [tier, DEFAULT].into_iter().any(|tier| find_row(rows, tier, input_tokens, at).is_some())
        })
    }

    /// Rows under each name that can price a model's calls, the most specific first: its own, that of the model it is
    /// an alias of, and those without a version such as `-YYYY-MM-DD`; never by prefix.
    pub(super) fn rows_of<'a>(
        &'a self,
        model: ProviderModel<'_>,
    ) -> impl Iterator<Item = &'a [Price]> + use<'a> {
        let mut rows = [None; 12];
        let prices = self.by_provider.get(model.provider);
        let found = |name: &str| prices?.by_model.get(name).map(Vec::as_slice);
        for (at, name) in model.names().enumerate() {
            let alias_of = prices.and_then(|prices| prices.aliases.get(name)).map(String::as_str);
            let base = alias_of.and_then(|name| without_version(model.provider, name));
            let names = [Some(name), alias_of, base];
            for (place, name) in rows[3 * at..].iter_mut().zip(names) {
                *place = name.and_then(found);
            }
        }
        rows.into_iter().flatten()
    }
}

/// The row of a tier, by its canonical name.
pub(super) fn find_row<'a>(
    rows: &'a [Price],
    tier: &str,
    input_tokens: i64,
    at: DateTime<Utc>,
) -> Option<&'a Price> {
    rows.iter().find(|row| row.service_tier == tier && row.covers(input_tokens) && row.effective_from <= at)
}
