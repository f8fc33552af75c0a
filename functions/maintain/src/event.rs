//! What `maintain` is asked to do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An event of another shape or none at all, as a deployment sends, means everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Migrations, then the work of each minute.
    #[default]
    All,
    /// The work of each minute.
    Tick,
    /// Make the rollups of the days that a range touches anew from the ledger, and compare all of them with it.
    Rebuild { from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>> },
    /// Compare all rollups with the ledger.
    Check,
    /// Fetch the provider's own usage and costs now, without waiting for the hour.
    Reconcile,
}

#[derive(Deserialize)]
struct RawEvent {
    action: Option<String>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Event {
    /// Out of an invocation's payload, which may be empty or anything.
    pub fn parse(payload: &[u8]) -> Self {
        let Ok(raw) = serde_json::from_slice::<RawEvent>(payload) else { return Self::All };
        match raw.action.as_deref() {
            Some("tick") => Self::Tick,
            Some("rebuild") => Self::Rebuild { from: raw.from, to: raw.to },
            Some("check") => Self::Check,
            Some("reconcile") => Self::Reconcile,
            _ => Self::All,
        }
    }
}
