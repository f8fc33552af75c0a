//! Settlement: the row that the ledger keeps, written before the last byte leaves.

use std::time::{Duration, Instant};

use domain::calls::CallEnding;
use domain::ids::CallId;
use domain::money::PicoUsd;
use domain::usage::Usage;
use ledger::{DbError, calls};
use platform::CorrelationIds;
use tokio::time::timeout_at;

use super::admitted::AdmittedCall;
use super::deadline::database_deadline;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What the caller may learn of a settled call.
pub(crate) struct SettledCall {
    pub usage: Usage,
    pub cost: Option<PicoUsd>,
    /// Whether it is in the ledger; otherwise the sweeper will record it.
    pub is_recorded: bool,
}

impl AdmittedCall {
    /// Writes the ledger row durably, with retries until the database deadline. A call that still cannot be settled is
    /// left to the sweeper, so the caller gets the response in any case.
    pub(crate) async fn settle(&self, ending: CallEnding) -> SettledCall {
        let record = self.record(ending);
        let mut retry = Retry::until(database_deadline(self.deadline), record.id);
        let result = loop {
            // Boxed, as it is moved into each of the futures that wait for it.
            let write = Box::pin(calls::settle(self.state.database(), &record, &self.admitted.reservations));
            if let Some(result) = retry.attempt(write).await {
                break result;
            }
        };
        let is_recorded = result.is_ok();
        if let Err(error) = result {
            let CorrelationIds { gateway_request_id, xray_trace_id, trace_id } = &self.new.ids;
            tracing::error!(
                call_id = %record.id,
                gateway_request_id = gateway_request_id.as_deref(),
                xray_trace_id = xray_trace_id.as_deref(),
                trace_id = trace_id.as_deref(),
                upstream_request_id = record.upstream_request_id.as_deref(),
                %error,
                "Settlement failed; the sweeper will record the call."
            );
        } else {
            self.state.log().write(&record, &self.new.ids);
        }
        SettledCall { usage: record.usage, cost: record.cost, is_recorded }
    }
}

/// Repeats a write of a call until it succeeds, cannot succeed, or the deadline has passed.
pub(super) struct Retry {
    id: CallId,
    deadline: Instant,
    pause: Duration,
}

impl Retry {
    pub(super) fn until(deadline: Instant, id: CallId) -> Self {
        Self { id, deadline, pause: FIRST_PAUSE }
    }

    /// Makes one attempt. After one that is worth repeating, it waits and returns `None`.
    pub(super) async fn attempt<T>(
        &mut self,
        write: impl Future<Output = Result<T, DbError>> + Send,
    ) -> Option<Result<T, DbError>> {
        match timeout_at(self.deadline.into(), write).await.unwrap_or(Err(DbError::Late)) {
            Err(error) if error.is_transient() && Instant::now() + self.pause < self.deadline => {
                tracing::warn!(call_id = %self.id, %error, "Retrying a write to the database.");
                tokio::time::sleep(self.pause).await;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                None
            }
            result => Some(result),
        }
    }
}
