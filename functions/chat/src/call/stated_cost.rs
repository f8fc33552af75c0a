//! Costs that an upstream states and that no call has.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use domain::calls::{CallEnding, CallRequest};
use domain::usage::ReportedCost;

/// The upstreams that were logged since this process began: each would be with every call.
static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Logs the first one of an upstream. It is ignored: the call costs what the price rows give.
pub(super) fn log_unreadable(request: &CallRequest, ending: &CallEnding) {
    if ending.stated_cost() != Some(ReportedCost::Unreadable) {
        return;
    }
    let upstream = request.upstream.as_deref().unwrap_or(request.provider.as_str());
    let is_new = LOGGED.lock().unwrap_or_else(PoisonError::into_inner).insert(upstream.to_owned());
    if is_new {
        tracing::warn!(
            call_id = %request.id,
            upstream,
            "The upstream states a cost that is negative, too high or no number. It is ignored."
        );
    }
}
