//! The state shared by all connections: accepted keys, scripts, request log, counters, billing and stored responses.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, request};
use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::billing::Billing;
use crate::counters::Counters;
use crate::script::Script;
use crate::stored::ResponseStore;

/// Limits of the request log: number of requests and bytes of their bodies.
const LOGGED_REQUESTS: usize = 1_024;
const LOGGED_BYTES: usize = 64 << 20;

/// A request as received.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl RecordedRequest {
    pub(crate) fn new(parts: &request::Parts, body: &Bytes) -> Self {
        Self {
            method: parts.method.to_string(),
            path: parts.uri.to_string(),
            headers: parts.headers.clone(),
            body: body.clone(),
        }
    }

    /// The value of a header, if it is present and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; `Null` if it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct RequestLog {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
}

/// Decides how a request is answered.
pub(crate) type Decide = dyn Fn(&RecordedRequest) -> Behaviour + Send + Sync;

#[derive(Clone, Default)]
struct Decision(Option<Arc<Decide>>);

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Decision").field(&self.0.is_some()).finish()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Mock {
    hasher: RandomState,
    counters: Mutex<Counters>,
    log: Mutex<RequestLog>,
    scripts: Mutex<Vec<Script>>,
    decision: Mutex<Decision>,
    attempts: Mutex<HashMap<u64, u32>>,
    /// `None` accepts every key that looks valid.
    keys: Mutex<Option<HashSet<String>>>,
    billing: Mutex<Billing>,
    responses: Mutex<ResponseStore>,
}

/// Ignores poisoning, so that the message of a panicking test is not hidden by a second panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mock {
    /// A random id, unique across restarts.
    pub(crate) fn next_id(prefix: &str) -> String {
        format!("{prefix}{:032x}", fastrand::u128(..))
    }

    pub(crate) fn counters(&self) -> MutexGuard<'_, Counters> {
        lock(&self.counters)
    }

    pub(crate) fn billing(&self) -> MutexGuard<'_, Billing> {
        lock(&self.billing)
    }

    pub(crate) fn responses(&self) -> MutexGuard<'_, ResponseStore> {
        lock(&self.responses)
    }

    pub(crate) fn record(&self, request: RecordedRequest) {
        let mut log = lock(&self.log);
        log.bytes += request.body.len();
        log.requests.push_back(request);
        while log.requests.len() > LOGGED_REQUESTS || (log.bytes > LOGGED_BYTES && log.requests.len() > 1) {
            if let Some(oldest) = log.requests.pop_front() {
                log.bytes -= oldest.body.len();
            }
        }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.log).requests.iter().cloned().collect()
    }

    pub(crate) fn add_script(&self, script: Script) {
        lock(&self.scripts).push(script);
    }

    pub(crate) fn set_decision(&self, decide: Option<Arc<Decide>>) {
        *lock(&self.decision) = Decision(decide);
    }

    pub(crate) fn decided(&self, request: &RecordedRequest) -> Option<Behaviour> {
        let Decision(decide) = lock(&self.decision).clone();
        decide.map(|decide| decide(request))
    }

    /// The next step of the first script that matches this request.
    pub(crate) fn scripted(&self, model: &str, headers: &HeaderMap, tag: Option<&str>) -> Option<Behaviour> {
        let mut scripts = lock(&self.scripts);
        let index = scripts.iter().position(|script| script.matches(model, headers, tag))?;
        let step = scripts[index].next();
        if scripts[index].is_spent() {
            scripts.remove(index);
        }
        step
    }

    /// Whether this attempt is among the first `fail_times`. The count restarts once an attempt was let through.
    pub(crate) fn attempt_fails(&self, fail_times: u32, tag: Option<&str>, path: &str, body: &Bytes) -> bool {
        let call = match tag {
            Some(tag) => self.hasher.hash_one(tag),
            None => self.hasher.hash_one((path, body)),
        };
        let mut attempts = lock(&self.attempts);
        let failed = attempts.entry(call).or_default();
        if *failed < fail_times {
            *failed += 1;
            return true;
        }
        attempts.remove(&call);
        false
    }

    pub(crate) fn set_keys(&self, keys: Option<HashSet<String>>) {
        *lock(&self.keys) = keys;
    }

    /// A Tokenmeter key is never valid here: if one arrives, the gateway has leaked it.
    pub(crate) fn accepts(&self, key: &str) -> bool {
        match &*lock(&self.keys) {
            Some(keys) => keys.contains(key),
            None => !key.starts_with("sk-invalid") && !key.starts_with("tm_"),
        }
    }

    /// Returns to the initial state, except that requests in progress stay in `in_flight`.
    pub(crate) fn reset(&self) {
        let mut counters = lock(&self.counters);
        *counters = Counters { in_flight: counters.in_flight, ..Counters::default() };
        drop(counters);
        *lock(&self.log) = RequestLog::default();
        lock(&self.scripts).clear();
        self.set_decision(None);
        lock(&self.attempts).clear();
        self.set_keys(None);
        *self.billing() = Billing::default();
        *self.responses() = ResponseStore::default();
    }
}
