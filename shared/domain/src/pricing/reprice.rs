//! What a past call costs with a different set of prices.

use chrono::{DateTime, Utc};

use super::{Fees, PriceBook, Quote};
use crate::usage::Usage;

/// A call in the ledger: what was priced when it was settled.
#[derive(Debug, Clone)]
pub struct PastCall {
    pub served_model: Option<String>,
    pub model: String,
    pub service_tier: Option<String>,
    /// The sum of all attempts.
    pub usage: Usage,
    pub retried_input_tokens: i64,
    pub retried_output_tokens: i64,
    pub is_failed: bool,
    /// Whether the ledger has no cost for it.
    pub is_unpriced: bool,
    /// As billed: prices of tokens do not change them.
    pub fees: Fees,
    pub at: DateTime<Utc>,
}

impl PastCall {
    /// Whether its usage is unknown: it failed after it was sent, and the provider may bill it.
    fn is_unknown(&self) -> bool {
        self.is_failed
            && self.is_unpriced
            && self.usage.input_tokens == self.retried_input_tokens
            && self.usage.output_tokens == self.retried_output_tokens
    }

    /// The price row and the cost, which is `None` if it cannot be computed. The row is chosen by the attempt that
    /// counted, because several short attempts do not make a long context.
    pub fn quote(&self, book: &PriceBook) -> Option<(i64, Option<Quote>)> {
        let counted = self.usage.input_tokens.saturating_sub(self.retried_input_tokens);
        let input_tokens = if counted > 0 { counted } else { self.usage.input_tokens };
        let price = book.price_of(
            self.served_model.as_deref(),
            &self.model,
            self.service_tier.as_deref(),
            input_tokens,
            self.at,
        )?;
        let tokens = if self.is_unknown() { None } else { super::cost(price, &self.usage) };
        let cost = tokens.and_then(|tokens| tokens.checked_add(self.fees.total()?));
        Some((price.id, cost.map(|cost| Quote { price_id: price.id, cost })))
    }
}
