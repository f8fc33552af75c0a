//! A service with random limits, calls made at the same time, and functions that are killed.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use fastrand::Rng;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use ledger::{Database, calls};
use serde_json::Value;
use testkit::{Harness, Reply, get, request, send};

use super::limits::Limit;
use super::provider::bill_all_that_is_allowed;
use super::requests::{self, Request};
use crate::router;

const LABELS: [&str; 2] = ["one", "two"];
const TEAMS: [&str; 2] = ["a", "b"];

/// What the calls of a world came to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub answered: u32,
    pub limited: u32,
    pub refused: u32,
    pub killed: u32,
    pub flagged: u32,
}

/// One call of a round.
pub(super) struct Call {
    /// Its name at the provider.
    pub tag: String,
    pub label: &'static str,
    pub team: Option<&'static str>,
    pub request: Request,
    /// When its function is killed.
    pub killed_after: Option<Duration>,
}

pub(super) struct World {
    pub(super) harness: Harness,
    router: Router,
    pub(super) database: Database,
    key: String,
    pub(super) random: Rng,
    pub(super) limits: Vec<Limit>,
    pub(super) made: HashMap<String, Call>,
    /// Paths of responses that the provider works on.
    working: Vec<String>,
    pub(super) seen: Seen,
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let harness = Harness::start().await;
        let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "1")]).await;
        let key = harness.key().create().await;
        let objects = [
            "resp_1", "conv_1", "rs_9", "msg_9", "rs_0", "rs_1", "rs_2", "rs_3", "ws_0", "ws_1", "ws_2",
            "ws_3", "audio_1",
        ];
        for object in objects {
            harness
                .db
                .execute(&format!(
                    "insert into provider_objects (object_id, call_id, key_id, user_label, model)
                    select '{object}', gen_random_uuid(), id, 'one', 'gpt-5' from api_keys"
                ))
                .await;
        }
        bill_all_that_is_allowed(&harness.mock, seed);
        let database = harness.db.open();
        let mut world = Self {
            harness,
            router,
            database,
            key,
            random: Rng::with_seed(seed),
            limits: Vec::new(),
            made: HashMap::new(),
            working: Vec::new(),
            seen: Seen::default(),
        };
        for _ in 0..world.random.usize(1..6) {
            world.add_limit().await;
        }
        world
    }

    pub(super) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.random.usize(..all.len())].clone()
    }

    /// Several calls at the same time; some of their functions are killed.
    pub(super) async fn round(&mut self) {
        let calls: Vec<Call> = (0..self.random.usize(1..6)).map(|_| self.call()).collect();
        let replies = join_all(calls.iter().map(|call| self.send(call))).await;
        for (call, reply) in calls.into_iter().zip(replies) {
            match reply {
                Some(reply) => {
                    self.judge(&call, &reply);
                    self.working.extend(accepted(&call, &reply));
                }
                None => self.seen.killed += 1,
            }
            self.made.insert(call.tag.clone(), call);
        }
        if self.random.bool() {
            self.sweep().await;
        }
        self.retrieve().await;
    }

    /// Some callers come back for work in the background, before or after its deadline; others never do.
    async fn retrieve(&mut self) {
        for path in std::mem::take(&mut self.working) {
            if self.random.bool() {
                get(&self.router, &path, &self.key).await;
            } else {
                self.working.push(path);
            }
        }
    }

    fn call(&mut self) -> Call {
        Call {
            tag: format!("call-{}-{}", self.made.len(), self.random.u32(..)),
            label: self.one_of(&LABELS),
            team: self.one_of(&[None, Some(TEAMS[0]), Some(TEAMS[1])]),
            request: requests::request(&mut self.random),
            killed_after: (self.random.u8(..8) == 0)
                .then(|| Duration::from_micros(self.random.u64(..20_000))),
        }
    }

    async fn send(&self, call: &Call) -> Option<Reply> {
        let mut request = request(Method::POST, call.request.path, &self.key, call.request.body.to_string());
        let headers = request.headers_mut();
        headers.insert("x-user-label", call.label.parse().unwrap());
        headers.insert("x-client-request-id", call.tag.parse().unwrap());
        if let Some(team) = call.team {
            headers.insert("x-usage-tags", format!("team={team}").parse().unwrap());
        }
        let reply = send(&self.router, request);
        match call.killed_after {
            Some(after) => tokio::time::timeout(after, reply).await.ok(),
            None => Some(reply.await),
        }
    }

    fn judge(&mut self, call: &Call, reply: &Reply) {
        let code = match serde_json::from_slice::<Value>(&reply.body) {
            Ok(body) => body["error"]["code"].as_str().unwrap_or_default().to_owned(),
            Err(_) => String::new(),
        };
        if self.is_refused_as_unbounded(call) {
            let refuses = ["unbounded_request", "model_not_priced"].contains(&code.as_str());
            assert!(refuses && reply.status == StatusCode::BAD_REQUEST, "{}", call.request.body);
        }
        match code.as_str() {
            "unbounded_request" | "model_not_priced" => self.seen.refused += 1,
            "budget_exceeded" | "quota_exceeded" | "budget_reserved" | "request_exceeds_limit" => {
                self.seen.limited += 1;
            }
            _ if reply.status == StatusCode::OK => self.seen.answered += 1,
            // Faults of the provider.
            _ => assert!(
                reply.status.is_server_error() || reply.status == StatusCode::TOO_MANY_REQUESTS,
                "{}: {}",
                call.request.body,
                reply.text()
            ),
        }
    }

    /// Killed functions leave their calls open. As if their deadlines had passed.
    pub(super) async fn sweep(&self) {
        self.harness.db.execute("update open_calls set deadline_at = opened_at").await;
        calls::sweep(&self.database).await.unwrap();
        calls::release_settled(&self.database).await.unwrap();
    }
}

/// The path of a response that the provider works on.
fn accepted(call: &Call, reply: &Reply) -> Option<String> {
    let is_background = call.request.body["background"] == true && reply.status == StatusCode::OK;
    let body: Value = serde_json::from_slice(&reply.body).ok().filter(|_| is_background)?;
    body["id"].as_str().map(|id| format!("/v1/responses/{id}"))
}
