//! How a call in the background ended, read from its response.

use domain::calls::{CallOutcome, SeenAnswer, Status};

use crate::wire::{ResponseFields, UpstreamError};

impl ResponseFields {
    /// `None` while the provider works on the response, or if the body is no whole response.
    pub fn background_outcome(&self) -> Option<CallOutcome> {
        let status = self.status.as_deref().filter(|_| self.is_whole)?;
        // Work that was cancelled generated something, which the response need not show.
        let is_cut = match status {
            "completed" | "incomplete" | "failed" => false,
            "cancelled" => true,
            _ => return None,
        };
        let is_failed = self.is_failed();
        Some(CallOutcome {
            status: if is_failed { Status::Failed } else { Status::Settled },
            answer: (!is_failed).then_some(SeenAnswer {
                text_bytes: self.text_bytes,
                is_final: true,
                has_unseen: is_cut && self.usage.is_none(),
            }),
            is_free: is_failed,
            is_not_billed: false,
            error_code: match &self.error {
                Some(error) => Some(UpstreamError::recorded_code(error)),
                None if is_cut => Some("cancelled".to_owned()),
                None => None,
            },
            usage: self.usage.clone(),
            parts: Vec::new(),
            used_tools: self.used_tools.counts(),
            served_model: self.served_model.clone(),
            service_tier: self.service_tier.clone(),
        })
    }
}
