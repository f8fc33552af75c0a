//! What the mock received and served, so that a test can reconcile a ledger with it: totals and single calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::usage::Usage;

/// A snapshot of everything counted since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Requests in progress.
    pub in_flight: u64,
    pub total: Tally,
    /// By path, e.g. `/v1/chat/completions`.
    pub endpoints: BTreeMap<String, Tally>,
    /// By requested model, without its parameter suffix.
    pub models: BTreeMap<String, Tally>,
    /// How often each fault occurred; requests that `fail_times` lets through do not count.
    pub faults: BTreeMap<Fault, u64>,
    /// What the provider bills, by the model that did the work; unbilled calls are left out.
    pub billed: BTreeMap<String, Usage>,
    /// Calls with a tag (`x-client-request-id` or `mock_tag`), in the order they ended.
    pub calls: BTreeMap<String, Vec<ProviderCall>>,
}

/// Sums over a set of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// All requests received, including refused ones.
    pub requests: u64,
    /// Responses whose usage was sent.
    pub answered_with_usage: u64,
    /// 2xx responses that ended or broke before usage was sent; the work is billed nevertheless.
    pub answered_without_usage: u64,
    /// Responses with an error status.
    pub refused: u64,
    /// Requests whose caller disconnected early, or whose connection the mock reset or left hanging.
    pub aborted: u64,
    pub streams_completed: u64,
    /// Streams whose caller disconnected before the last event.
    pub streams_aborted: u64,
    /// Tokens of `answered_with_usage`.
    pub tokens: Usage,
    /// Tokens of `answered_without_usage`, which were never reported to a caller.
    pub unreported_tokens: Usage,
}

/// How one request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// The whole response was handed to the connection.
    Answered,
    /// An error status.
    Refused,
    /// The caller disconnected, or the mock broke the connection.
    Aborted,
}

/// One request with a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderCall {
    pub endpoint: String,
    pub model: String,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub stream: bool,
    pub status: Option<u16>,
    pub fault: Option<Fault>,
    pub end: CallEnd,
    /// The `x-request-id` of the response.
    pub request_id: String,
    /// What the provider counts, all steps included; `None` if no work was done.
    pub usage: Option<Usage>,
    /// Each step of a call that has several, at the model that did it. They add up to `usage`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<BilledStep>,
    /// Whether `usage` is charged.
    pub is_billed: bool,
    /// Whether `usage` was sent.
    pub usage_sent: bool,
}

/// A step of a call, billed at the rates of its own model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilledStep {
    pub model: String,
    pub usage: Usage,
}

impl Counters {
    pub(crate) fn opened(&mut self, endpoint: &str, model: &str) {
        self.in_flight += 1;
        self.each(endpoint, model, |tally| tally.requests += 1);
    }

    pub(crate) fn closed(&mut self, tag: Option<String>, record: ProviderCall) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.each(&record.endpoint, &record.model, |tally| tally.close(&record));
        self.bill(&record);
        if let Some(fault) = record.fault {
            *self.faults.entry(fault).or_default() += 1;
        }
        if let Some(tag) = tag {
            self.calls.entry(tag).or_default().push(record);
        }
    }

    /// Work in the background has ended: a second record of its call, which is not a request of its own.
    pub(crate) fn completed_later(&mut self, tag: Option<String>, record: ProviderCall) {
        self.each(&record.endpoint, &record.model, |tally| tally.count_usage(&record));
        self.bill(&record);
        if let Some(tag) = tag {
            self.calls.entry(tag).or_default().push(record);
        }
    }

    fn bill(&mut self, record: &ProviderCall) {
        let Some(usage) = record.usage.filter(|_| record.is_billed) else { return };
        for step in &record.steps {
            *self.billed.entry(step.model.clone()).or_default() += step.usage;
        }
        if record.steps.is_empty() {
            let model = record.served_model.as_ref().unwrap_or(&record.model);
            *self.billed.entry(model.clone()).or_default() += usage;
        }
    }

    fn each(&mut self, endpoint: &str, model: &str, change: impl Fn(&mut Tally)) {
        change(&mut self.total);
        change(self.endpoints.entry(endpoint.to_owned()).or_default());
        change(self.models.entry(model.to_owned()).or_default());
    }
}

impl Tally {
    fn close(&mut self, record: &ProviderCall) {
        match record.end {
            CallEnd::Refused => self.refused += 1,
            CallEnd::Aborted => {
                self.aborted += 1;
                self.streams_aborted += u64::from(record.stream && record.status == Some(200));
            }
            CallEnd::Answered => self.streams_completed += u64::from(record.stream),
        }
        self.count_usage(record);
    }

    fn count_usage(&mut self, record: &ProviderCall) {
        match record.usage {
            Some(usage) if record.usage_sent => {
                self.answered_with_usage += 1;
                self.tokens += usage;
            }
            Some(usage) => {
                self.answered_without_usage += 1;
                self.unreported_tokens += usage;
            }
            None => {}
        }
    }
}
