//! All price rows in memory, indexed by model.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{ModelFacts, Price, canonical_tier, cost};
use crate::money::PicoUsd;
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
    /// Rows of a model, highest threshold first, then newest first, so that the first match is the right one.
    by_model: HashMap<String, Vec<Price>>,
    pub(super) aliases: HashMap<String, String>,
    pub(super) facts: ModelFacts,
}

impl PriceBook {
    /// `aliases` are pairs of an alias and its model.
    pub fn new(version: i64, prices: Vec<Price>, aliases: Vec<(String, String)>) -> Self {
        let mut by_model: HashMap<String, Vec<Price>> = HashMap::new();
        for price in prices {
            match by_model.get_mut(&price.model) {
                Some(rows) => rows.push(price),
                None => drop(by_model.insert(price.model.clone(), vec![price])),
            }
        }
        for rows in by_model.values_mut() {
            rows.sort_by(|a, b| {
                b.above_input_tokens
                    .cmp(&a.above_input_tokens)
                    .then_with(|| b.effective_from.cmp(&a.effective_from))
            });
        }
        Self { version, by_model, aliases: aliases.into_iter().collect(), facts: ModelFacts::default() }
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
        model: &str,
        answered_tier: Option<&str>,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&Price> {
        find_row(self.resolve(model, answered_tier, input_tokens, at)?, answered_tier, input_tokens, at)
    }

    /// Prices a call by the model that served it, or by the requested one if the served name has no price. `None` means
    /// unpriced, never free.
    pub fn quote(
        &self,
        served_model: Option<&str>,
        requested_model: &str,
        answered_tier: Option<&str>,
        usage: &Usage,
        at: DateTime<Utc>,
    ) -> Option<Quote> {
        let price = self.price_of(served_model, requested_model, answered_tier, usage.input_tokens, at)?;
        Some(Quote { price_id: price.id, cost: cost(price, usage)? })
    }

    /// The row that [`PriceBook::quote`] uses.
    pub(super) fn price_of(
        &self,
        served_model: Option<&str>,
        requested_model: &str,
        answered_tier: Option<&str>,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&Price> {
        let resolve = |model| self.resolve(model, answered_tier, input_tokens, at);
        let rows = served_model.and_then(resolve).or_else(|| resolve(requested_model))?;
        find_row(rows, answered_tier, input_tokens, at)
    }

    /// The book with an additional row, and the row that it replaces.
    #[must_use]
    pub fn corrected(&self, price: Price) -> (Self, Option<Price>) {
        let mut prices: Vec<Price> = self.by_model.values().flatten().cloned().collect();
        let is_same = |row: &Price| {
            row.model == price.model
                && row.service_tier == price.service_tier
                && row.above_input_tokens == price.above_input_tokens
                && row.effective_from == price.effective_from
        };
        let replaced = prices.iter().position(is_same).map(|at| prices.swap_remove(at));
        prices.push(price);
        let aliases = self.aliases.clone().into_iter().collect();
        let mut book = Self::new(self.version, prices, aliases);
        book.facts.clone_from(&self.facts);
        (book, replaced)
    }

    /// When a later row of the same model, tier and threshold takes effect.
    pub fn ends_at(&self, price: &Price) -> Option<DateTime<Utc>> {
        let rows = self.by_model.get(&price.model)?.iter();
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
        self.by_model.values().flatten().find(|row| row.id == id)
    }

    /// The model's name, and all names whose calls its rows may price; each of them with or without a date.
    pub fn names_of(&self, model: &str) -> Vec<String> {
        let is_priced_by = |name: &str| name == model || without_date(name) == Some(model);
        let aliases = self.aliases.iter().filter(|(_, stands_for)| is_priced_by(stands_for));
        std::iter::once(model.to_owned()).chain(aliases.map(|(alias, _)| alias.clone())).collect()
    }

    /// The rows of the first name that has one in effect for such a call. A name whose only row in effect is for the
    /// default tier stands for itself: the price of another name must not stand in for that of its other tiers.
    fn resolve(
        &self,
        model: &str,
        tier: Option<&str>,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&[Price]> {
        self.rows_of(model).find(|rows| {
            [tier, None].into_iter().any(|tier| find_row(rows, tier, input_tokens, at).is_some())
        })
    }

    /// Rows under each name that can price a model's calls, the most specific first: its own, that of the model it is
    /// an alias of, and those without a `-YYYY-MM-DD` suffix; never by prefix.
    pub(super) fn rows_of(&self, model: &str) -> impl Iterator<Item = &[Price]> + use<'_> {
        let base = without_date(model);
        let mut rows = [None; 6];
        for (at, name) in [Some(model), base].into_iter().enumerate() {
            let alias_of = name.and_then(|name| self.aliases.get(name)).map(String::as_str);
            let names = [name, alias_of, alias_of.and_then(without_date)];
            for (place, name) in rows[3 * at..].iter_mut().zip(names) {
                *place = name.and_then(|name| self.by_model.get(name));
            }
        }
        rows.into_iter().flatten().map(Vec::as_slice)
    }
}

pub(super) fn find_row<'a>(
    rows: &'a [Price],
    answered_tier: Option<&str>,
    input_tokens: i64,
    at: DateTime<Utc>,
) -> Option<&'a Price> {
    let tier = canonical_tier(answered_tier);
    rows.iter().find(|row| row.service_tier == tier && row.covers(input_tokens) && row.effective_from <= at)
}

pub(super) fn without_date(model: &str) -> Option<&str> {
    let (base, suffix) = model.split_at_checked(model.len().checked_sub("-2026-01-31".len())?)?;
    let is_date = suffix.bytes().enumerate().all(|(index, byte)| match index {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (is_date && !base.is_empty()).then_some(base)
}
