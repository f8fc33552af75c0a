//! Upper bounds of what a call can cost, before anything of its outcome is known.

use chrono::{DateTime, Utc};

use super::book::{PriceBook, find_row};
use super::hours::{PEAK, has_peak, is_peak};
use super::receipt::buckets;
use super::tier::{DEFAULT, is_open, may_land_in};
use super::{Bucket, Price, Quote, cost};
use crate::money::{PicoUsd, Rate};
use crate::provider::ProviderModel;
use crate::usage::Usage;

/// An upper bound of what each token of a call can cost, whichever bucket, tier and threshold it falls into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PriceBound {
    pub input_token: Rate,
    pub output_token: Rate,
}

impl PriceBound {
    /// What covers both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            input_token: self.input_token.max(other.input_token),
            output_token: self.output_token.max(other.output_token),
        }
    }

    /// The most that this input can cost; `None` if it overflows.
    pub fn input(self, tokens: i64) -> Option<PicoUsd> {
        self.input_token.as_pico_per_token().checked_mul(tokens).map(PicoUsd::from_pico)
    }

    /// The most that a call with this many tokens can cost; `None` if it overflows.
    pub fn of(self, input_tokens: i64, output_tokens: i64) -> Option<PicoUsd> {
        let output = self.output_token.as_pico_per_token().checked_mul(output_tokens)?;
        self.input(input_tokens)?.checked_add(PicoUsd::from_pico(output))
    }
}

/// The most input of a call, and what decides its dearest rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputBound {
    pub tokens: i64,
    /// Whether input may be written to the cache for a longer time.
    pub cache_writes_long: bool,
}

impl PriceBook {
    /// The upper bound of what a call's tokens can cost: over every tier that may serve it and every threshold it may
    /// pass, with every token in its most expensive bucket. `None` if any of this is unknown, such as a tier without a
    /// row.
    pub fn price_bound(
        &self,
        model: ProviderModel<'_>,
        requested_tier: Option<&str>,
        input: InputBound,
        at: DateTime<Utc>,
    ) -> Option<PriceBound> {
        if !is_open(requested_tier) {
            self.find(model, requested_tier, 0, at)?;
        }
        self.find(model, None, 0, at)?;
        if is_peak(model.provider, at) {
            self.find(model, Some(PEAK), 0, at)?;
        }
        let mut bound = PriceBound::default();
        for rows in self.rows_of(model) {
            let candidates = rows.iter().filter(|row| {
                row.covers(input.tokens)
                    // The hour may end, or begin, before the call is admitted.
                    && (may_land_in(model.provider, requested_tier, &row.service_tier)
                        || row.service_tier == PEAK && has_peak(model.provider))
                    && is_current(row, rows, at)
            });
            for row in candidates {
                let (input_rate, output_rate) = max_rates(row, input.cache_writes_long);
                bound.input_token = bound.input_token.max(input_rate);
                bound.output_token = bound.output_token.max(output_rate);
            }
            // Calls of every tier and length are priced by the names so far.
            if find_row(rows, DEFAULT, 0, at).is_some() {
                break;
            }
        }
        Some(bound)
    }
}

impl PriceBook {
    /// Prices a call of which only the request is known: by the dearest tier that may have served it.
    pub fn dearest_quote(
        &self,
        requested: ProviderModel<'_>,
        requested_tier: Option<&str>,
        usage: &Usage,
        at: DateTime<Utc>,
    ) -> Option<Quote> {
        let price = self.dearest_row(requested, requested_tier, (usage.input_tokens, usage), at)?;
        Some(Quote { price_id: price.id, cost: cost(price, usage)? })
    }

    /// The row that [`PriceBook::dearest_quote`] uses.
    pub(super) fn dearest_row(
        &self,
        requested: ProviderModel<'_>,
        requested_tier: Option<&str>,
        (input_tokens, usage): (i64, &Usage),
        at: DateTime<Utc>,
    ) -> Option<&Price> {
        let tiers = self.rows_of(requested).flatten().map(|row| row.service_tier.as_str());
        tiers
            // The hour is known, whatever was not seen.
            .filter(|tier| may_land_in(requested.provider, requested_tier, tier) && *tier != PEAK)
            .filter_map(|tier| self.price_of(None, requested, Some(tier), input_tokens, at))
            .filter(|price| cost(price, usage).is_some())
            .max_by_key(|price| cost(price, usage))
    }
}

/// Whether a row is in effect and no later one of its tier and threshold is.
fn is_current(row: &Price, rows: &[Price], at: DateTime<Utc>) -> bool {
    row.effective_from <= at
        && rows.iter().all(|other| {
            other.service_tier != row.service_tier
                || other.above_input_tokens != row.above_input_tokens
                || other.effective_from <= row.effective_from
                || other.effective_from > at
        })
}

/// The rates of the most expensive buckets that input and output can fall into.
fn max_rates(price: &Price, cache_writes_long: bool) -> (Rate, Rate) {
    let mut most = (price.input, price.output);
    for (bucket, _, rate) in buckets(price, &Usage::default()) {
        match bucket {
            Bucket::CacheWriteLong if !cache_writes_long => {}
            Bucket::Output | Bucket::AudioOutput | Bucket::ImageOutput => most.1 = most.1.max(rate),
            _ => most.0 = most.0.max(rate),
        }
    }
    most
}
