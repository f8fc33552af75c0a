//! What one answer bills beside its main usage.

use domain::calls::CallPart;
use domain::usage::UsageReport;

/// A step of the provider that is billed on its own, and possibly at another model's prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedPart {
    /// `None` is the model of the request.
    pub model: Option<String>,
    pub report: UsageReport,
}

impl ReportedPart {
    /// As a part of a call for this model.
    pub fn of_call(&self, requested_model: &str) -> CallPart {
        let model = self.model.as_deref().unwrap_or(requested_model);
        CallPart { model: model.to_owned(), usage: self.report.reading().0 }
    }
}
