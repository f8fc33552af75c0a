//! What the mock saw and served, so that a test can reconcile a ledger with it, in sum and call by call.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::usage::Usage;

/// A snapshot of everything counted since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Requests being answered at this instant.
    pub in_flight: u64,
    pub total: Tally,
    /// By path, e.g. `/v1/chat/completions`.
    pub endpoints: BTreeMap<String, Tally>,
    /// By requested model, without its parameter suffix.
    pub models: BTreeMap<String, Tally>,
    /// How often each fault struck; a request let through by `fail_times` is not one.
    pub faults: BTreeMap<Fault, u64>,
    /// The calls that carried a tag (`x-client-request-id` or `mock_tag`), in the order they ended.
    pub calls: BTreeMap<String, Vec<CallRecord>>,
}

/// Sums over a set of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Requests received, refused ones too.
    pub requests: u64,
    /// Answers whose usage was sent.
    pub answered_with_usage: u64,
    /// 2xx answers that ended, or broke, without usage being sent: work done and billed all the same.
    pub answered_without_usage: u64,
    /// Answers with an error status.
    pub refused: u64,
    /// Requests whose caller went away before the end, or whose connection the mock reset or left hanging.
    pub aborted: u64,
    pub streams_completed: u64,
    /// Streams whose caller went away before the last event.
    pub streams_aborted: u64,
    /// Tokens of `answered_with_usage`.
    pub tokens: Usage,
    /// Tokens of `answered_without_usage`, which no caller was told.
    pub unreported_tokens: Usage,
}

/// How one request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The whole answer was handed to the connection.
    Answered,
    /// An error status.
    Refused,
    /// The caller went away, or the mock broke the connection.
    Aborted,
}

/// One request that carried a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    pub endpoint: String,
    pub model: String,
    pub served_model: Option<String>,
    pub service_tier: Option<String>,
    pub stream: bool,
    pub status: Option<u16>,
    pub fault: Option<Fault>,
    pub end: End,
    /// The `x-request-id` of the answer.
    pub request_id: String,
    /// What the provider bills for it; `None` when no work was done.
    pub usage: Option<Usage>,
    /// Whether `usage` was sent.
    pub usage_sent: bool,
}

impl Counters {
    pub(crate) fn opened(&mut self, endpoint: &str, model: &str) {
        self.in_flight += 1;
        self.each(endpoint, model, |tally| tally.requests += 1);
    }

    pub(crate) fn closed(&mut self, tag: Option<String>, record: CallRecord) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.each(&record.endpoint, &record.model, |tally| tally.close(&record));
        if let Some(fault) = record.fault {
            *self.faults.entry(fault).or_default() += 1;
        }
        if let Some(tag) = tag {
            self.calls.entry(tag).or_default().push(record);
        }
    }

    fn each(&mut self, endpoint: &str, model: &str, change: impl Fn(&mut Tally)) {
        change(&mut self.total);
        change(self.endpoints.entry(endpoint.to_owned()).or_default());
        change(self.models.entry(model.to_owned()).or_default());
    }
}

impl Tally {
    fn close(&mut self, record: &CallRecord) {
        match record.end {
            End::Refused => self.refused += 1,
            End::Aborted => {
                self.aborted += 1;
                self.streams_aborted += u64::from(record.stream && record.status == Some(200));
            }
            End::Answered => self.streams_completed += u64::from(record.stream),
        }
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
