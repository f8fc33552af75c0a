//! What a past call costs with a different set of prices.

use chrono::{DateTime, Utc};

use super::{Fees, PriceBook};
use crate::calls::{BilledPart, CallPart, NOT_BILLED};
use crate::money::PicoUsd;
use crate::provider::Provider;
use crate::usage::Usage;

/// A call in the ledger: what was priced when it was settled.
#[derive(Debug, Clone)]
pub struct PastCall {
    pub provider: Provider,
    pub served_model: Option<String>,
    pub model: String,
    pub service_tier: Option<String>,
    /// The sum of all attempts.
    pub usage: Usage,
    pub retried_input_tokens: i64,
    pub retried_output_tokens: i64,
    /// As billed; included in `usage`.
    pub parts: Vec<BilledPart>,
    pub is_failed: bool,
    pub error_code: Option<String>,
    /// Whether the ledger has no cost for it.
    pub is_unpriced: bool,
    /// As billed: prices of tokens do not change them.
    pub fees: Fees,
    pub at: DateTime<Utc>,
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

    /// The price rows and the cost; `None` without a price. The row is chosen by the attempt that counted, because
    /// several short attempts do not make a long context.
    pub fn quote(&self, book: &PriceBook) -> Option<Repriced> {
        let tier = self.service_tier.as_deref();
        let own = self.usage.minus(&BilledPart::usage_of(&self.parts));
        let counted = own.input_tokens.saturating_sub(self.retried_input_tokens);
        let input_tokens = if counted > 0 { counted } else { own.input_tokens };
        let requested = self.provider.model(&self.model);
        let price = book.price_of(self.served_model.as_deref(), requested, tier, input_tokens, self.at)?;
        let repriced = |part: &BilledPart| {
            let part = CallPart { model: part.model.clone(), usage: part.usage };
            part.bill(book, &self.provider, tier, self.at)
        };
        let parts: Vec<BilledPart> = self.parts.iter().map(repriced).collect();
        let cost = if self.is_priced_by_tokens() { super::cost(price, &own) } else { None };
        let cost = cost.and_then(|cost| cost.checked_add(BilledPart::cost_of(&parts)?));
        Some(Repriced {
            price_id: price.id,
            part_price_ids: parts.iter().map(|part| part.price_id).collect(),
            cost: cost.and_then(|cost| cost.checked_add(self.fees.total()?)),
        })
    }
}
