//! Settlement: the row that the ledger keeps, written before the last byte leaves.

use std::time::{Duration, Instant};

use ledger::{DbError, calls};
use tokio::time::timeout_at;

use super::admitted::AdmittedCall;
use super::deadline::database_deadline;
use super::record::{CallEnding, SettledCall};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl AdmittedCall {
    /// Writes the ledger row durably, with retries until the database deadline. A call that still cannot be settled is
    /// left to the sweeper, so the caller gets the response in any case.
    pub(crate) async fn settle(&self, ending: CallEnding) -> SettledCall {
        let (settled, record) = self.record(ending);
        let deadline = database_deadline(self.deadline);
        let mut pause = FIRST_PAUSE;
        loop {
            let attempt = calls::settle(self.state.database(), &record, &self.admitted.reservations);
            match timeout_at(deadline.into(), attempt).await.unwrap_or(Err(DbError::Late)) {
                Ok(()) => return settled,
                Err(error) if error.is_transient() && Instant::now() + pause < deadline => {
                    tracing::warn!(call_id = %record.id, %error, "Retrying settlement.");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => {
                    tracing::error!(call_id = %record.id, %error, "Settlement failed; the sweeper will record the call.");
                    return settled;
                }
            }
        }
    }
}
