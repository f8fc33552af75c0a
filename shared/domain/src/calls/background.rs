//! A call whose answer the provider still works on.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Admitted, CallEnding, CallExchange, CallOutcome, CallRecord, CallRequest, record};
use crate::pricing::PriceBook;

/// What the settlement of a call in the background needs; stored until then.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackgroundCall {
    pub request: CallRequest,
    pub admitted: Admitted,
    pub exchange: CallExchange,
    /// Until the provider accepted the call.
    pub latency: Duration,
}

impl BackgroundCall {
    /// The ledger's row, once the provider's work has ended.
    pub fn record(&self, outcome: CallOutcome, prices: &PriceBook, at: DateTime<Utc>) -> CallRecord {
        let ending = CallEnding { outcome, exchange: self.exchange.clone() };
        record(&self.request, &self.admitted, prices, ending, self.latency, at)
    }
}
