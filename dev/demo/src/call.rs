//! One call of the story, before it has a price.

use std::ops::Range;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use domain::pricing::{PriceBook, Quote};
use domain::usage::Usage;
use uuid::Uuid;

use crate::applications::{Application, Model};
use crate::random::{float, whole};
use crate::vendor::blocks;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Settled,
    /// The stream was cut, so the counts are upper bounds.
    Estimated,
    /// The provider's status and error code.
    Failed(i16, &'static str),
    Abandoned,
}

impl Ending {
    pub(crate) const fn status(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Estimated => "estimated",
            Self::Failed(..) => "failed",
            Self::Abandoned => "abandoned",
        }
    }

    pub(crate) const fn error_code(self) -> Option<&'static str> {
        match self {
            Self::Settled => None,
            Self::Estimated => Some("upstream_interrupted"),
            Self::Failed(_, code) => Some(code),
            Self::Abandoned => Some("abandoned"),
        }
    }

    pub(crate) const fn http_status(self) -> Option<i16> {
        match self {
            Self::Settled | Self::Estimated => Some(200),
            Self::Failed(status, _) => Some(status),
            Self::Abandoned => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub started_at: DateTime<Utc>,
    pub application: Application,
    pub model: Model,
    pub ending: Ending,
    pub usage: Usage,
    pub attempts: i16,
    pub stream: bool,
    pub first_byte_us: i32,
    pub overhead_us: i32,
    pub has_tags: bool,
    pub request_id: u128,
}

impl Call {
    /// The model that served, where one did.
    pub(crate) fn served(&self) -> Option<&'static str> {
        matches!(self.ending, Ending::Settled | Ending::Estimated).then_some(self.model.served)
    }

    /// As a function prices it: by the prices at the time of admission. A failed call costs nothing.
    pub(crate) fn quote(&self, book: &PriceBook) -> Option<Quote> {
        let provider = self.model.vendor.provider();
        let requested = provider.model(self.model.requested);
        book.quote(self.served(), requested, Some("default"), &self.usage, self.started_at)
    }

    pub(crate) fn cost(&self, book: &PriceBook) -> Option<i64> {
        match self.ending {
            Ending::Failed(..) => Some(0),
            _ => self.quote(book).map(|quote| quote.cost.as_pico()),
        }
    }

    pub(crate) fn is_of(&self, label: &str) -> bool {
        self.application.label == label
    }

    pub(crate) fn ended_in(&self, range: &Range<DateTime<Utc>>) -> bool {
        range.contains(&self.created_at)
    }

    /// Sets when the call ends and how long it takes. It begins on the day on which it ends: provider and ledger date
    /// calls by different ends.
    pub(crate) fn end_at(&mut self, at: DateTime<Utc>, latency: TimeDelta) {
        let midnight = at.date_naive().and_time(NaiveTime::MIN).and_utc();
        self.created_at = at;
        self.started_at = (at - latency).max(midnight);
        self.first_byte_us = self.first_byte_us.min(self.latency_us());
    }

    pub(crate) fn latency_us(&self) -> i32 {
        let micros = (self.created_at - self.started_at).num_microseconds();
        micros.and_then(|micros| i32::try_from(micros).ok()).unwrap_or(i32::MAX)
    }

    /// Multiplies the tokens, in the proportions that a provider reports.
    pub(crate) fn scale(&mut self, factor: f64) {
        let scaled = |tokens: i64| whole(float(tokens) * factor);
        let usage = &mut self.usage;
        usage.input_tokens = scaled(usage.input_tokens);
        usage.cached_tokens = blocks(float(usage.cached_tokens) * factor);
        usage.cache_write_tokens = blocks(float(usage.cache_write_tokens) * factor);
        usage.cache_write_long_tokens = blocks(float(usage.cache_write_long_tokens) * factor);
        usage.output_tokens = scaled(usage.output_tokens);
        usage.reasoning_tokens = scaled(usage.reasoning_tokens).min(usage.output_tokens);
    }
}
