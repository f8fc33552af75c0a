//! The calls of a world: who makes them, how they are sent, and which answers are right.

use std::time::Duration;

use axum::Router;
use http::{Method, StatusCode};
use serde_json::Value;
use testkit::{Reply, get, request, send};

use super::requests::{self, Request};
use super::world::World;

const LABELS: [&str; 2] = ["one", "two"];
const TEAMS: [&str; 2] = ["a", "b"];

/// A key that calls are made with.
pub(super) struct Key {
    pub secret: String,
    pub id: String,
    /// The label it is bound to.
    pub label: Option<&'static str>,
}

/// One call of a round.
pub(super) struct Call {
    /// Its name at the provider, and in the ledger as a tag.
    pub tag: String,
    pub label: &'static str,
    pub team: Option<&'static str>,
    pub key_id: String,
    secret: String,
    pub request: Request,
    /// When its function is killed.
    killed_after: Option<Duration>,
}

impl Call {
    /// `None` if its function was killed.
    pub(super) async fn send(&self, router: &Router) -> Option<Reply> {
        let mut request =
            request(Method::POST, self.request.path, &self.secret, self.request.body.to_string());
        let headers = request.headers_mut();
        headers.insert("x-user-label", self.label.parse().unwrap());
        headers.insert("x-client-request-id", self.tag.parse().unwrap());
        let team = self.team.map(|team| format!(",team={team}")).unwrap_or_default();
        headers.insert("x-usage-tags", format!("call={}{team}", self.tag).parse().unwrap());
        let reply = send(router, request);
        match self.killed_after {
            Some(after) => tokio::time::timeout(after, reply).await.ok(),
            None => Some(reply.await),
        }
    }
}

impl World {
    pub(super) fn call(&mut self) -> Call {
        let key = self.random.usize(..self.keys.len());
        let label = self.one_of(&LABELS);
        let key = &self.keys[key];
        let (key_id, secret, label) = (key.id.clone(), key.secret.clone(), key.label.unwrap_or(label));
        Call {
            tag: format!("call-{}-{}", self.made.len(), self.random.u32(..)),
            label,
            team: self.one_of(&[None, Some(TEAMS[0]), Some(TEAMS[1])]),
            key_id,
            secret,
            request: requests::request(&mut self.random),
            killed_after: (self.random.u8(..8) == 0)
                .then(|| Duration::from_micros(self.random.u64(..20_000))),
        }
    }

    pub(super) fn judge(&mut self, call: &Call, reply: &Reply) {
        let error = match serde_json::from_slice::<Value>(&reply.body) {
            Ok(body) => body["error"].clone(),
            Err(_) => Value::Null,
        };
        let code = error["code"].as_str().unwrap_or_default();
        if self.is_refused_as_unbounded(call) {
            let refuses = ["unbounded_request", "model_not_priced"].contains(&code);
            assert!(refuses && reply.status == StatusCode::BAD_REQUEST, "{}", call.request.body);
        }
        // The provider has rate limits too, which name no limit of ours.
        let is_ours = error["message"].as_str().is_some_and(|message| message.contains("lim_"));
        match code {
            "unbounded_request" | "model_not_priced" => self.seen.refused += 1,
            "budget_exceeded" | "quota_exceeded" | "budget_reserved" | "request_exceeds_limit" => {
                self.seen.limited += 1;
            }
            "rate_limit_exceeded" if is_ours => self.seen.limited += 1,
            _ if reply.status == StatusCode::OK => self.seen.answered += 1,
            // Faults of the provider.
            _ => assert!(
                reply.status.is_server_error()
                    || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(&reply.status),
                "{}: {}",
                call.request.body,
                reply.text()
            ),
        }
    }

    /// Some callers come back for work in the background, before or after its deadline; others never do.
    pub(super) async fn retrieve(&mut self) {
        for path in std::mem::take(&mut self.working) {
            if self.random.bool() {
                get(&self.router, &path, &self.keys[0].secret).await;
            } else {
                self.working.push(path);
            }
        }
    }
}

/// The path of a response that the provider works on.
pub(super) fn accepted(call: &Call, reply: &Reply) -> Option<String> {
    let is_background = call.request.body["background"] == true && reply.status == StatusCode::OK;
    let body: Value = serde_json::from_slice(&reply.body).ok().filter(|_| is_background)?;
    body["id"].as_str().map(|id| format!("/v1/responses/{id}"))
}
