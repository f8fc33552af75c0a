//! Upper bounds of what a call can cost, before anything of its outcome is known.

use chrono::{DateTime, Utc};

use super::book::{PriceBook, find_row, without_date};
use super::{Price, cost, tier};
use crate::money::{PicoUsd, Rate};
use crate::usage::Usage;

/// An upper bound of a call's cost, linear in its output: the whole input, and each output token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PriceBound {
    pub input: PicoUsd,
    pub output_token: Rate,
}

impl PriceBound {
    /// The most a call with this many output tokens can cost; `None` if it overflows.
    pub fn with_output(self, output_tokens: i64) -> Option<PicoUsd> {
        let output = self.output_token.as_pico_per_token().checked_mul(output_tokens)?;
        self.input.checked_add(PicoUsd::from_pico(output))
    }
}

/// The smallest output limit among current chat models.
const DEFAULT_MAX_OUTPUT_TOKENS: i64 = 4096;

impl PriceBook {
    /// The upper bound of what a call can cost: over every tier that may serve it and every threshold it may pass, with
    /// every token in its most expensive bucket. `None` if any of this is unknown, such as a tier without a row.
    pub fn price_bound(
        &self,
        model: &str,
        requested_tier: Option<&str>,
        input_bound_tokens: i64,
        at: DateTime<Utc>,
    ) -> Option<PriceBound> {
        if !tier::is_open(requested_tier) {
            self.find(model, requested_tier, 0, at)?;
        }
        self.find(model, None, 0, at)?;
        let mut bound = PriceBound::default();
        for rows in self.rows_of(model) {
            let candidates = rows.iter().filter(|row| {
                row.covers(input_bound_tokens)
                    && tier::may_land_in(requested_tier, &row.service_tier)
                    && is_current(row, rows, at)
            });
            for row in candidates {
                bound.input = bound.input.max(max_input_cost(row, input_bound_tokens)?);
                bound.output_token =
                    bound.output_token.max(row.output).max(row.audio_output.unwrap_or(row.output));
            }
            // Calls of every tier and length are priced by the names so far.
            if find_row(rows, None, 0, at).is_some() {
                break;
            }
        }
        Some(bound)
    }

    /// The most tokens that one choice can have. For an unlisted model, a bound that every chat model accepts.
    pub fn max_output_tokens(&self, model: &str) -> i64 {
        let known = |name: &str| {
            let name = self.aliases.get(name).map_or(name, String::as_str);
            self.max_outputs.get(name).copied()
        };
        known(model).or_else(|| without_date(model).and_then(known)).unwrap_or(DEFAULT_MAX_OUTPUT_TOKENS)
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

/// Cost is linear in each bucket, so the most expensive mix has all input in one bucket.
fn max_input_cost(price: &Price, input_tokens: i64) -> Option<PicoUsd> {
    let plain = Usage { input_tokens, ..Usage::default() };
    let mixes = [
        plain,
        Usage { cached_tokens: input_tokens, ..plain },
        Usage { cache_write_tokens: input_tokens, ..plain },
        Usage { audio_input_tokens: input_tokens, ..plain },
    ];
    let mut max_cost = PicoUsd::ZERO;
    for usage in mixes {
        max_cost = max_cost.max(cost(price, &usage)?);
    }
    Some(max_cost)
}
