//! Parts of one answer that are billed beside its main usage.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::money::PicoUsd;
use crate::pricing::PriceBook;
use crate::provider::Provider;
use crate::usage::Usage;

/// Work of another (or the same) model that the main usage does not include, such as a compaction or an advisor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPart {
    pub model: String,
    pub usage: Usage,
}

/// A part with what it cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledPart {
    pub model: String,
    pub usage: Usage,
    pub price_id: Option<i64>,
    /// `None` means unknown, never free.
    pub cost: Option<PicoUsd>,
}

/// As the ledger stores a part.
#[derive(Serialize, Deserialize)]
struct StoredPart {
    model: String,
    #[serde(flatten)]
    usage: Usage,
    price_id: Option<i64>,
    cost_pico_usd: Option<i64>,
}

impl CallPart {
    /// Prices the part by the row of its own model and size, in the tier of the call.
    pub fn bill(
        &self,
        prices: &PriceBook,
        provider: &Provider,
        service_tier: Option<&str>,
        at: DateTime<Utc>,
    ) -> BilledPart {
        let quote = prices.quote(None, provider.model(&self.model), service_tier, &self.usage, at);
        BilledPart {
            model: self.model.clone(),
            usage: self.usage,
            price_id: quote.map(|quote| quote.price_id),
            cost: quote.map(|quote| quote.cost),
        }
    }
}

impl BilledPart {
    /// The tokens of several parts.
    pub fn usage_of(parts: &[Self]) -> Usage {
        parts.iter().fold(Usage::default(), |sum, part| sum.plus(&part.usage))
    }

    /// The cost of several parts; `None` if any of it is unknown.
    pub fn cost_of(parts: &[Self]) -> Option<PicoUsd> {
        parts.iter().try_fold(PicoUsd::ZERO, |sum, part| sum.checked_add(part.cost?))
    }

    /// As the ledger stores them; `None` without parts.
    pub fn stored(parts: &[Self]) -> Option<Value> {
        let stored = |part: &Self| {
            serde_json::to_value(StoredPart {
                model: part.model.clone(),
                usage: part.usage,
                price_id: part.price_id,
                cost_pico_usd: part.cost.map(PicoUsd::as_pico),
            })
            .unwrap_or_default()
        };
        (!parts.is_empty()).then(|| parts.iter().map(stored).collect())
    }

    /// Reads what the ledger stores. A part that cannot be read is of unknown cost, never free.
    pub fn from_stored(stored: Option<&Value>) -> Vec<Self> {
        let read = |value: &Value| {
            let part = StoredPart::deserialize(value).ok();
            let unknown = Self { model: String::new(), usage: Usage::default(), price_id: None, cost: None };
            part.map_or(unknown, |part| Self {
                model: part.model,
                usage: part.usage,
                price_id: part.price_id,
                cost: part.cost_pico_usd.map(PicoUsd::from_pico),
            })
        };
        stored.and_then(Value::as_array).into_iter().flatten().map(read).collect()
    }
}
