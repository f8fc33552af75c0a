//! Who is likely to be under no limit: callers whose last full admission met none.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::calls::Admission;

/// A full admission also notes when a key was last used, to the minute.
const KNOWN_FOR: Duration = Duration::from_mins(1);

/// With more callers than this in a minute, some are forgotten and admitted in full.
const MOST: usize = 10_000;

#[derive(Clone, Default)]
pub(crate) struct PlainCallers(Arc<Known>);

#[derive(Default)]
struct Known {
    hasher: RandomState,
    until: Mutex<HashMap<u64, Instant>>,
}

impl PlainCallers {
    pub(super) fn has(&self, call: &Admission<'_>) -> bool {
        let until = self.0.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get(&self.caller(call)).is_some_and(|until| Instant::now() < *until)
    }

    pub(super) fn note(&self, call: &Admission<'_>, is_plain: bool) {
        let caller = self.caller(call);
        let mut until = self.0.until.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_plain {
            until.remove(&caller);
            return;
        }
        if until.len() >= MOST {
            let now = Instant::now();
            until.retain(|_, until| now < *until);
        }
        if until.len() < MOST {
            until.insert(caller, Instant::now() + KNOWN_FOR);
        }
    }

    /// What decides which limits apply.
    fn caller(&self, call: &Admission<'_>) -> u64 {
        let key = call.key.as_ref().map(domain::keys::KeyHash::as_bytes);
        self.0.hasher.hash_one((key, call.label, call.fallback_label, call.tags))
    }
}
