//! What a past call costs with a different set of prices.

use chrono::{DateTime, Utc};

use super::hours::PEAK;
use super::tier::DEFAULT;
use super::{Fees, Price, PriceBook, canonical_tier, cost};
use crate::calls::{BilledPart, CallPart, NOT_BILLED};
use crate::money::PicoUsd;
use crate::provider::Provider;
use crate::usage::{AllowedReadings, Usage};

/// A call in the ledger: what was priced when it was settled.
#[derive(Debug, Clone)]
pub struct PastCall {
    pub provider: Provider,
    pub served_model: Option<String>,
    pub model: String,
    /// The tier that the provider returned, or else the requested one.
    pub service_tier: Option<String>,
    /// The sum of all attempts.
    pub usage: Usage,
    pub retried_input_tokens: i64,
    pub retried_output_tokens: i64,
    /// As billed; included in `usage`.
    pub parts: Vec<BilledPart>,
    pub is_failed: bool,
    /// Whether its tokens may be an upper bound, as those of estimated calls are, and those of an error that reports some.
    pub may_be_estimated: bool,
    pub error_code: Option<String>,
    /// Whether the ledger has no cost for it.
    pub is_unpriced: bool,
    /// `None` if it was settled without a price or a cost.
    pub billed: Option<Billed>,
    /// As billed: prices of tokens do not change them.
    pub fees: Fees,
    pub at: DateTime<Utc>,
}

/// How a call was priced when it was settled.
#[derive(Debug, Clone)]
pub struct Billed {
    pub price: Price,
    /// Of all attempts and parts, with the fees.
    pub cost: PicoUsd,
}

/// A past call with a different set of prices.
#[derive(Debug, Clone)]
pub struct Repriced {
    pub price_id: i64,
    pub part_price_ids: Vec<Option<i64>>,
    /// `None` if it cannot be computed.
    pub cost: Option<PicoUsd>,
}

impl Repriced {
    /// Whether a price row decides any of the cost.
    pub fn uses(&self, price_id: i64) -> bool {
        self.price_id == price_id || self.part_price_ids.contains(&Some(price_id))
    }
}

impl PastCall {
    /// Whether prices decide its cost. They do not if its usage is unknown, because it failed after it was sent and the
    /// provider may bill it, nor if the provider does not bill it.
    fn is_priced_by_tokens(&self) -> bool {
        let is_unknown = self.is_failed
            && self.is_unpriced
            && self.usage.input_tokens == self.retried_input_tokens
            && self.usage.output_tokens == self.retried_output_tokens;
        !is_unknown && self.error_code.as_deref() != Some(NOT_BILLED)
    }

    /// The price rows and the cost; `None` without a price. Of a call that has a cost, the difference that the prices
    /// make is added to it: an estimate holds more than its counts show, and so may attempts before the last one.
    pub fn quote(&self, book: &PriceBook) -> Option<Repriced> {
        let own = self.usage.minus(&BilledPart::usage_of(&self.parts));
        let own = self.billed.as_ref().map_or(own, |billed| self.as_priced(own, billed));
        let price = self.price(book, &own)?;
        let repriced = |part: &BilledPart| {
            let billed_with = part.price_id.and_then(|id| book.price(id));
            let tier = billed_with.map(|price| price.service_tier.as_str()).or(self.part_tier());
            let part = CallPart { model: part.model.clone(), usage: part.usage };
            part.bill(book, &self.provider, tier, self.at)
        };
        let parts: Vec<BilledPart> = self.parts.iter().map(repriced).collect();
        let cost = if self.is_priced_by_tokens() { self.cost(price, &own, &parts) } else { None };
        Some(Repriced {
            price_id: price.id,
            part_price_ids: parts.iter().map(|part| part.price_id).collect(),
            cost,
        })
    }

    fn cost(&self, price: &Price, own: &Usage, parts: &[BilledPart]) -> Option<PicoUsd> {
        let of_tokens =
            |price, parts: &[BilledPart]| cost(price, own)?.checked_add(BilledPart::cost_of(parts)?);
        let new = of_tokens(price, parts)?;
        match &self.billed {
            Some(billed) => {
                let change = new.checked_sub(of_tokens(&billed.price, &self.parts)?)?;
                // Not below zero, however much of it the counts do not show.
                Some(billed.cost.checked_add(change)?.max(PicoUsd::ZERO))
            }
            None => new.checked_add(self.fees.total()?),
        }
    }

    /// The kinds of tokens that settlement priced. Of an estimate these are the dearest that it may hold, which the ledger
    /// shows in the cost alone.
    fn as_priced(&self, own: Usage, billed: &Billed) -> Usage {
        if !self.may_be_estimated {
            return own;
        }
        let others = BilledPart::cost_of(&self.parts).zip(self.fees.total());
        let tokens = others.and_then(|(parts, fees)| billed.cost.checked_sub(parts)?.checked_sub(fees));
        let mut readings = own.readings(AllowedReadings::ALL);
        readings.find(|usage| tokens.is_some() && cost(&billed.price, usage) == tokens).unwrap_or(own)
    }

    /// The row is chosen by the attempt that counted, because several short attempts do not make a long context.
    fn price<'a>(&self, book: &'a PriceBook, own: &Usage) -> Option<&'a Price> {
        let counted = own.input_tokens.saturating_sub(self.retried_input_tokens);
        // Without a price of its own, the call is its earlier attempts alone.
        let input_tokens = if counted > 0 || self.billed.is_some() { counted } else { own.input_tokens };
        let requested = self.provider.model(&self.model);
        let row = |served, tier| book.price_of(served, requested, tier, input_tokens, self.at);
        let served = self.served_model.as_deref();
        let Some(billed) = &self.billed else {
            let tier = self.answered_tier();
            // Earlier attempts are priced by their own size.
            if self.has_earlier_usage() {
                book.price_of(served, requested, tier, self.retried_input_tokens, self.at)?;
            }
            return row(served, tier);
        };
        let tier = Some(billed.price.service_tier.as_str());
        let of_served = row(served, tier);
        if !self.may_be_estimated {
            return of_served;
        }
        // The dearest of what may have served it, as settlement decided.
        let is_same_model = |price: &&Price| price.model == billed.price.model;
        let same = [of_served, row(None, tier)].into_iter().flatten().find(is_same_model).or(of_served);
        if self.has_earlier_usage() {
            return same;
        }
        let requested_tier = self.service_tier.as_deref();
        let others = if self.is_tier_unseen() {
            [row(served, None), book.dearest_row(requested, requested_tier, (input_tokens, own), self.at)]
        } else {
            // At another tier than the default one, the model that was asked for may have been billed in place of the one
            // that served it.
            [of_served.filter(|_| billed.price.service_tier == DEFAULT), None]
        };
        same.into_iter().chain(others.into_iter().flatten()).max_by_key(|price| cost(price, own))
    }

    /// An error names no tier; only the hour decides one.
    fn answered_tier(&self) -> Option<&str> {
        self.service_tier.as_deref().filter(|tier| !self.is_failed || *tier == PEAK)
    }

    fn has_earlier_usage(&self) -> bool {
        self.retried_input_tokens + self.retried_output_tokens > 0
    }

    /// Whether the answer was not seen as far as it says its tier, so that the dearest was billed: another one than is
    /// stored, or than an answer without a tier has.
    fn is_tier_unseen(&self) -> bool {
        let Some(billed) = self.billed.as_ref().filter(|_| self.may_be_estimated) else { return false };
        let tier = billed.price.service_tier.as_str();
        tier != DEFAULT && tier != canonical_tier(&self.provider, self.service_tier.as_deref())
    }

    /// The tier of the parts of the answer.
    fn part_tier(&self) -> Option<&str> {
        match &self.billed {
            Some(_) if self.is_tier_unseen() => None,
            Some(billed) => Some(&billed.price.service_tier),
            None => self.answered_tier(),
        }
    }
}
