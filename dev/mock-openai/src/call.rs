//! One request being answered: whatever becomes of it, it is counted exactly once.

use std::sync::Arc;

use crate::counters::{CallRecord, End};
use crate::endpoints::Endpoint;
use crate::mock::Mock;
use crate::{Fault, Usage};

/// Dropped before its end was told, it counts as aborted: the caller went away.
pub(crate) struct Call {
    mock: Arc<Mock>,
    tag: Option<String>,
    record: Option<CallRecord>,
}

impl Call {
    pub(crate) fn open(
        mock: Arc<Mock>,
        endpoint: Endpoint,
        model: &str,
        stream: bool,
        request_id: String,
    ) -> Self {
        mock.counters().opened(endpoint.path(), model);
        let record = CallRecord {
            endpoint: endpoint.path().to_owned(),
            model: model.to_owned(),
            served_model: None,
            service_tier: None,
            stream,
            status: None,
            fault: None,
            end: End::Aborted,
            request_id,
            usage: None,
            usage_sent: false,
        };
        Self { mock, tag: None, record: Some(record) }
    }

    pub(crate) fn tagged(&mut self, tag: Option<String>) {
        self.tag = tag;
    }

    pub(crate) fn struck_by(&mut self, fault: Option<Fault>) {
        self.change(|record| record.fault = fault.filter(|fault| *fault != Fault::Ok));
    }

    /// The work is done and will be billed, whether or not the caller hears of it.
    pub(crate) fn worked(&mut self, served_model: &str, service_tier: &str, usage: Option<Usage>) {
        self.change(|record| {
            record.served_model = Some(served_model.to_owned());
            record.service_tier = Some(service_tier.to_owned());
            record.status = Some(200);
            record.usage = usage;
        });
    }

    /// Tokens of an attempt that is refused all the same, and told so.
    pub(crate) fn billed(&mut self, usage: Option<Usage>) {
        self.change(|record| {
            record.usage = usage;
            record.usage_sent = usage.is_some();
        });
    }

    pub(crate) fn usage_sent(&mut self) {
        self.change(|record| record.usage_sent = true);
    }

    pub(crate) fn refused(&mut self, status: u16) {
        self.change(|record| record.status = Some(status));
        self.close(End::Refused);
    }

    pub(crate) fn answered(&mut self) {
        self.close(End::Answered);
    }

    pub(crate) fn aborted(&mut self) {
        self.close(End::Aborted);
    }

    fn change(&mut self, change: impl FnOnce(&mut CallRecord)) {
        if let Some(record) = &mut self.record {
            change(record);
        }
    }

    fn close(&mut self, end: End) {
        if let Some(mut record) = self.record.take() {
            record.end = end;
            self.mock.counters().closed(self.tag.take(), record);
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.close(End::Aborted);
    }
}
