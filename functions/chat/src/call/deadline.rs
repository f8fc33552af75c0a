//! The time of a call: how it is divided between the provider, the settlement and the sweeper.

use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use web::Deadline;

/// Kept back from the host's deadline, to settle and to end the response.
const TIME_TO_END: Duration = Duration::from_secs(5);
/// Of that, kept back from the settlement to end the response.
const TIME_TO_RESPOND: Duration = Duration::from_secs(1);
/// How long after the last possible settlement the sweeper treats a call as abandoned.
const SWEEP_GRACE: Duration = Duration::from_mins(1);

/// When to give up on the provider: after our own timeout, or while the host still leaves time to settle and to
/// respond.
pub(crate) fn upstream_deadline(timeout: Duration, arrived_at: Instant, host: Option<Deadline>) -> Instant {
    let own = arrived_at + timeout;
    match host {
        Some(Deadline(at)) => own.min(at.checked_sub(TIME_TO_END).unwrap_or(at)),
        None => own,
    }
}

/// When to give up on the database.
pub(super) fn database_deadline(upstream_deadline: Instant) -> Instant {
    upstream_deadline + TIME_TO_END.saturating_sub(TIME_TO_RESPOND)
}

/// How long a call may stay open before the sweeper records it as abandoned.
pub(super) fn time_to_settle(upstream_deadline: Instant) -> Duration {
    upstream_deadline.saturating_duration_since(Instant::now()) + TIME_TO_END + SWEEP_GRACE
}

/// For what is needed before the database's clock is known, or is only shown. Settlements are priced by the database's
/// clock.
pub(super) fn wall_clock() -> DateTime<Utc> {
    SystemTime::now().into()
}
