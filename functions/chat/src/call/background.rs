//! Calls that the provider works on after its response: kept open, and settled once a response holds their usage.

use std::time::Instant;

use chrono::TimeDelta;
use domain::calls::{BackgroundCall, CallExchange, CallOutcome};
use domain::ids::CallId;
use ledger::{DbError, background};
use platform::CorrelationIds;

use super::admitted::AdmittedCall;
use super::deadline::database_deadline;
use super::objects::LONGEST_WAIT;
use super::settle::Retry;

impl AdmittedCall {
    /// Whether the provider was asked to work in the background.
    pub(crate) fn is_background(&self) -> bool {
        self.new.request.background
    }

    /// Keeps the call open, with its reservations, for whatever sees its usage first: a later retrieval, or `maintain`.
    /// Returns whether it is recorded as such; otherwise it has to be settled now.
    pub(crate) async fn keep_open(&self, response_id: &str, exchange: CallExchange) -> bool {
        let call = BackgroundCall {
            request: self.new.request.clone(),
            admitted: self.admitted.clone(),
            exchange,
            latency: self.elapsed(),
        };
        let (database, time_to_settle) = (self.state.database(), self.state.background_deadline());
        let open = || background::open(database, response_id, &call, time_to_settle);
        match self.write(self.id(), open).await {
            Ok(()) => {
                // Its line comes with its usage, from another request or from `maintain`, which know the call's id alone.
                let CorrelationIds { gateway_request_id, xray_trace_id, trace_id } = &self.new.ids;
                tracing::info!(
                    call_id = %self.id(),
                    gateway_request_id = gateway_request_id.as_deref(),
                    xray_trace_id = xray_trace_id.as_deref(),
                    trace_id = trace_id.as_deref(),
                    "Call goes on in the background."
                );
                true
            }
            Err(error) => {
                tracing::error!(call_id = %self.id(), %error, "Keeping a call in the background open failed.");
                false
            }
        }
    }

    /// Forgets that the call works in the background, once it is settled.
    pub(crate) async fn close_background(&self) {
        if let Err(error) = background::close(self.state.database(), self.id()).await {
            // `maintain` asks the provider once more and finds the call settled.
            tracing::warn!(call_id = %self.id(), %error, "Forgetting a settled call in the background failed.");
        }
    }

    /// Settles an earlier call in the background, whose outcome this call has brought to light.
    pub(crate) async fn settle_earlier(&self, earlier: &BackgroundCall, outcome: CallOutcome) {
        // The database's clock, carried on by ours.
        let at = self.admitted.opened_at + TimeDelta::from_std(self.elapsed()).unwrap_or_default();
        let record = earlier.record(outcome, &self.state.prices(), at);
        let settle = || background::settle(self.state.database(), &record, earlier);
        match self.write(record.id, settle).await {
            Ok(true) => self.state.log().write(&record, &CorrelationIds::default()),
            Ok(false) => {}
            // The next retrieval settles it, or `maintain`.
            Err(error) => {
                tracing::error!(call_id = %record.id, %error, "Settling a call in the background failed.");
            }
        }
    }

    async fn write<T, F>(&self, id: CallId, attempt: impl Fn() -> F) -> Result<T, DbError>
    where
        F: Future<Output = Result<T, DbError>> + Send,
    {
        let deadline = database_deadline(self.deadline).min(Instant::now() + LONGEST_WAIT);
        let mut retry = Retry::until(deadline, id);
        loop {
            if let Some(result) = retry.attempt(attempt()).await {
                return result;
            }
        }
    }
}
