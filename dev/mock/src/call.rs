//! A request in progress. However it ends, it is counted exactly once.

use std::sync::Arc;

use crate::billing;
use crate::builtin::ToolFees;
use crate::counters::{BilledStep, CallEnd, ProviderCall};
use crate::endpoint::{Endpoint, Wire};
use crate::fault::Fault;
use crate::mock::Mock;
use crate::usage::Usage;

/// Counts as aborted if it is dropped before it is closed, because then the caller has disconnected.
pub(crate) struct TrackedCall {
    mock: Arc<Mock>,
    endpoint: Endpoint,
    tag: Option<String>,
    api_key_id: String,
    fees: ToolFees,
    record: Option<ProviderCall>,
}

impl TrackedCall {
    pub(crate) fn open(
        mock: Arc<Mock>,
        endpoint: Endpoint,
        model: &str,
        stream: bool,
        request_id: String,
    ) -> Self {
        mock.counters().opened(endpoint.path(), model);
        let record = ProviderCall {
            endpoint: endpoint.path().to_owned(),
            model: model.to_owned(),
            served_model: None,
            service_tier: None,
            stream,
            status: None,
            fault: None,
            end: CallEnd::Aborted,
            request_id,
            usage: None,
            steps: Vec::new(),
            is_billed: true,
            usage_sent: false,
        };
        Self {
            mock,
            endpoint,
            tag: None,
            api_key_id: String::new(),
            fees: ToolFees::new(),
            record: Some(record),
        }
    }

    pub(crate) fn set_tag(&mut self, tag: Option<String>) {
        self.tag = tag;
    }

    pub(crate) fn set_api_key(&mut self, key: &str) {
        self.api_key_id = billing::api_key_id(key);
    }

    /// What is billed at other models, and whether anything is.
    pub(crate) fn set_steps(&mut self, steps: Vec<BilledStep>, is_free: bool) {
        self.change(|record| {
            record.steps = steps;
            record.is_billed = !is_free;
        });
    }

    /// Charged beside the usage, if the call has any.
    pub(crate) fn set_fees(&mut self, fees: ToolFees) {
        self.fees = fees;
    }

    pub(crate) fn set_fault(&mut self, fault: Option<Fault>) {
        self.change(|record| record.fault = fault.filter(|fault| *fault != Fault::Ok));
    }

    /// The work is done and will be billed, even if the caller never receives the response.
    pub(crate) fn complete(&mut self, served_model: &str, service_tier: &str, usage: Option<Usage>) {
        self.change(|record| {
            record.served_model = Some(served_model.to_owned());
            record.service_tier = Some(service_tier.to_owned());
            record.status = Some(200);
            record.usage = usage;
        });
    }

    /// Tokens billed for a refused attempt and reported in its error response.
    pub(crate) fn set_billed_usage(&mut self, usage: Option<Usage>) {
        self.change(|record| {
            record.usage = usage;
            record.usage_sent = usage.is_some();
        });
    }

    pub(crate) fn mark_usage_sent(&mut self) {
        self.change(|record| record.usage_sent = true);
    }

    pub(crate) fn refuse(&mut self, status: u16) {
        self.change(|record| record.status = Some(status));
        self.close(CallEnd::Refused);
    }

    pub(crate) fn finish(&mut self) {
        self.close(CallEnd::Answered);
    }

    pub(crate) fn abort(&mut self) {
        self.close(CallEnd::Aborted);
    }

    fn change(&mut self, change: impl FnOnce(&mut ProviderCall)) {
        if let Some(record) = &mut self.record {
            change(record);
        }
    }

    fn close(&mut self, end: CallEnd) {
        if let Some(mut record) = self.record.take() {
            record.end = end;
            self.bill(&record);
            self.mock.counters().closed(self.tag.take(), record);
        }
    }

    /// The call, to be counted and billed when its work in the background has ended.
    pub(crate) fn defer(&self, usage: Usage, usage_sent: bool) -> Option<DeferredCall> {
        let record = self.record.clone()?;
        Some(DeferredCall {
            endpoint: self.endpoint,
            tag: self.tag.clone(),
            api_key_id: self.api_key_id.clone(),
            fees: self.fees.clone(),
            record: ProviderCall { end: CallEnd::Answered, usage: Some(usage), usage_sent, ..record },
        })
    }

    /// Called when the call ends, so a call in progress is not billed yet.
    fn bill(&self, record: &ProviderCall) {
        // The others have no report.
        if matches!(self.endpoint.wire(), Wire::OpenAi | Wire::Anthropic) && record.is_billed {
            self.mock.billing().add_call(self.endpoint, &self.api_key_id, record, &self.fees);
        }
    }
}

/// A call whose work ends after its response.
#[derive(Debug)]
pub(crate) struct DeferredCall {
    endpoint: Endpoint,
    tag: Option<String>,
    api_key_id: String,
    fees: ToolFees,
    record: ProviderCall,
}

impl DeferredCall {
    pub(crate) fn finish(self, mock: &Mock) {
        mock.billing().add_call(self.endpoint, &self.api_key_id, &self.record, &self.fees);
        mock.counters().completed_later(self.tag, self.record);
    }
}

impl Drop for TrackedCall {
    fn drop(&mut self) {
        self.close(CallEnd::Aborted);
    }
}
