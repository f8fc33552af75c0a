//! What a call of the past costs by another set of prices.

use chrono::{DateTime, Utc};

use super::{PriceBook, Quote};
use crate::usage::Usage;

/// A call as the ledger has it: what settlement priced, and when.
#[derive(Debug, Clone)]
pub struct PastCall {
    pub served_model: Option<String>,
    pub model: String,
    pub service_tier: Option<String>,
    /// Of all attempts together.
    pub usage: Usage,
    pub retried_input_tokens: i64,
    pub retried_output_tokens: i64,
    pub is_failed: bool,
    /// Whether its cost is unknown.
    pub is_unpriced: bool,
    pub at: DateTime<Utc>,
}

impl PastCall {
    /// Whether nobody knows what it used: it failed after it was sent, and the provider may bill it.
    fn is_unknown(&self) -> bool {
        self.is_failed
            && self.is_unpriced
            && self.usage.input_tokens == self.retried_input_tokens
            && self.usage.output_tokens == self.retried_output_tokens
    }

    /// The price row for it and its cost; the cost is `None` where it cannot be computed. The row is that of the
    /// attempt that counted: several attempts together do not make a long context.
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
        let cost = if self.is_unknown() { None } else { super::cost(price, &self.usage) };
        Some((price.id, cost.map(|cost| Quote { price_id: price.id, cost })))
    }
}
