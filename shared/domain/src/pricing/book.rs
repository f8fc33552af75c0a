//! All price rows in memory, indexed by model.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{Price, canonical_tier, cost, tier};
use crate::money::{PicoUsd, Rate};
use crate::usage::Usage;

/// A price found and applied; the ledger keeps both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub price_id: i64,
    pub cost: PicoUsd,
}

/// Upper bounds of a call's price, linear in its output: all of the input, and each token of output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dearest {
    pub input: PicoUsd,
    pub output_token: Rate,
}

impl Dearest {
    /// The most a call with this many tokens of output can cost; `None` where it does not fit.
    pub fn with_output(self, output_tokens: i64) -> Option<PicoUsd> {
        let output = self.output_token.as_pico_per_token().checked_mul(output_tokens)?;
        self.input.checked_add(PicoUsd::from_pico(output))
    }
}

/// The smallest maximum among the chat models in use.
const ANY_MODELS_OUTPUT_TOKENS: i64 = 4096;

/// An immutable set of price rows. `version` tells a reader whether the one it holds is still current.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    version: i64,
    /// Rows of a model, highest threshold first and newest first within it, so that the first match is the right one.
    by_model: HashMap<String, Vec<Price>>,
    aliases: HashMap<String, String>,
    max_outputs: HashMap<String, i64>,
}

impl PriceBook {
    /// `aliases` are pairs of an alias and the model it stands for.
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
        Self { version, by_model, aliases: aliases.into_iter().collect(), max_outputs: HashMap::new() }
    }

    /// `outputs` are pairs of a model and the most tokens it answers with.
    #[must_use]
    pub fn with_max_outputs(mut self, outputs: Vec<(String, i64)>) -> Self {
        self.max_outputs = outputs.into_iter().collect();
        self
    }

    pub fn version(&self) -> i64 {
        self.version
    }

    /// The row for a call with these properties. Each threshold of a tier has a timeline of its own, so that
    /// a new row for short calls does not take the price of long ones away.
    pub fn find(
        &self,
        model: &str,
        answered_tier: Option<&str>,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&Price> {
        find_row(self.resolve(model)?, answered_tier, input_tokens, at)
    }

    /// Prices a call by the model that served it, else by the one asked for where the served name is unknown here.
    /// `None` is an unpriced call, never a free one.
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

    /// The row that [`PriceBook::quote`] takes.
    pub(super) fn price_of(
        &self,
        served_model: Option<&str>,
        requested_model: &str,
        answered_tier: Option<&str>,
        input_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<&Price> {
        let rows =
            served_model.and_then(|served| self.resolve(served)).or_else(|| self.resolve(requested_model))?;
        find_row(rows, answered_tier, input_tokens, at)
    }

    /// The book with another row, and the row that it takes the place of.
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
        book.max_outputs.clone_from(&self.max_outputs);
        (book, replaced)
    }

    /// When a later row of the same model, tier and threshold takes over.
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

    /// The row of that id.
    pub fn price(&self, id: i64) -> Option<&Price> {
        self.by_model.values().flatten().find(|row| row.id == id)
    }

    /// All names, dates at their end apart, that stand for a model.
    pub fn names_of(&self, model: &str) -> Vec<String> {
        let aliases = self.aliases.iter().filter(|(_, stands_for)| *stands_for == model);
        std::iter::once(model.to_owned()).chain(aliases.map(|(alias, _)| alias.clone())).collect()
    }

    /// Upper bounds of what a call can cost: every tier it may land in, every threshold it may pass, every token in
    /// its dearest bucket. `None` where any of this is unknown, such as a tier without a row.
    pub fn dearest(
        &self,
        model: &str,
        requested_tier: Option<&str>,
        input_bound_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<Dearest> {
        let rows = self.resolve(model)?;
        if !tier::is_open(requested_tier) {
            find_row(rows, requested_tier, 0, at)?;
        }
        find_row(rows, None, 0, at)?;
        let mut dearest = Dearest::default();
        let candidates = rows
            .iter()
            .filter(|row| row.effective_from <= at && row.covers(input_bound_tokens))
            .filter(|row| tier::may_land_in(requested_tier, &row.service_tier));
        for row in candidates {
            let is_current = rows.iter().all(|other| {
                other.service_tier != row.service_tier
                    || other.above_input_tokens != row.above_input_tokens
                    || other.effective_from <= row.effective_from
                    || other.effective_from > at
            });
            if is_current {
                dearest.input = dearest.input.max(dearest_input(row, input_bound_tokens)?);
                dearest.output_token =
                    dearest.output_token.max(row.output).max(row.audio_output.unwrap_or(row.output));
            }
        }
        Some(dearest)
    }

    /// The most tokens one choice of the model's answer can have, where known; for a model not listed, what every
    /// chat model accepts as a bound.
    pub fn max_output_tokens(&self, model: &str) -> i64 {
        let known = |name: &str| {
            let name = self.aliases.get(name).map_or(name, String::as_str);
            self.max_outputs.get(name).copied()
        };
        known(model).or_else(|| without_date(model).and_then(known)).unwrap_or(ANY_MODELS_OUTPUT_TOKENS)
    }

    /// Rows by exact name, alias, or either without a `-YYYY-MM-DD` suffix; never a longer name by a shorter one.
    fn resolve(&self, model: &str) -> Option<&[Price]> {
        self.named(model).or_else(|| self.named(without_date(model)?))
    }

    fn named(&self, name: &str) -> Option<&[Price]> {
        let rows = self
            .by_model
            .get(name)
            .or_else(|| self.aliases.get(name).and_then(|model| self.by_model.get(model)));
        rows.map(Vec::as_slice)
    }
}

fn find_row<'a>(
    rows: &'a [Price],
    answered_tier: Option<&str>,
    input_tokens: i64,
    at: DateTime<Utc>,
) -> Option<&'a Price> {
    let tier = canonical_tier(answered_tier);
    rows.iter().find(|row| row.service_tier == tier && row.covers(input_tokens) && row.effective_from <= at)
}

/// Cost is linear in each bucket, so the dearest mix has all input in one bucket.
fn dearest_input(price: &Price, input_tokens: i64) -> Option<PicoUsd> {
    let plain = Usage { input_tokens, ..Usage::default() };
    let mixes = [
        plain,
        Usage { cached_tokens: input_tokens, ..plain },
        Usage { cache_write_tokens: input_tokens, ..plain },
        Usage { audio_input_tokens: input_tokens, ..plain },
    ];
    let mut dearest = PicoUsd::ZERO;
    for usage in mixes {
        dearest = dearest.max(cost(price, &usage)?);
    }
    Some(dearest)
}

fn without_date(model: &str) -> Option<&str> {
    let (base, suffix) = model.split_at_checked(model.len().checked_sub("-2026-01-31".len())?)?;
    let is_date = suffix.bytes().enumerate().all(|(index, byte)| match index {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (is_date && !base.is_empty()).then_some(base)
}
