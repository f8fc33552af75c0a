//! A call whose answer the provider still works on.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Admitted, CallEnding, CallExchange, CallOutcome, CallRecord, CallRequest, SeenAnswer, Status, record,
};
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

impl CallOutcome {
    /// Of a call whose response is gone: it may have used anything up to its bounds.
    pub fn unknown(error_code: &str) -> Self {
        Self {
            status: Status::Settled,
            answer: Some(SeenAnswer { text_bytes: 0, is_final: false, has_unseen: true }),
            is_free: false,
            is_not_billed: false,
            error_code: Some(error_code.to_owned()),
            usage: None,
            parts: Vec::new(),
            used_tools: Vec::new(),
            served_model: None,
            service_tier: None,
        }
    }
}

impl BackgroundCall {
    /// The ledger's row, once the provider's work has ended.
    pub fn record(&self, outcome: CallOutcome, prices: &PriceBook, at: DateTime<Utc>) -> CallRecord {
        let ending = CallEnding { outcome, exchange: self.exchange.clone() };
        record(&self.request, &self.admitted, prices, ending, self.latency, at)
    }
}
