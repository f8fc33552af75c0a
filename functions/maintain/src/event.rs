//! The events of `maintain`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a run should do. A payload of any other shape, or none as a deployment sends, means `All`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Apply migrations, then do the work of each minute.
    #[default]
    All,
    /// Do the work of each minute.
    Tick,
    /// Rebuild the rollups of all days in a range from the ledger, then compare all rollups with it.
    Rebuild { from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>> },
    /// Compare all rollups with the ledger.
    Check,
    /// Fetch the provider's own usage and costs now, even if the hourly fetch is not due.
    Reconcile,
}

#[derive(Deserialize)]
struct RawEvent {
    action: Option<String>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Event {
    /// Parses an invocation's payload, which may be anything or empty.
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
