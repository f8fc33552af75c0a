//! Calls in the background whose callers never come back: `maintain` asks the provider about them.

use axum::Router;
use http::StatusCode;
use maintain::{Event, Maintain};
use serde_json::{Value, json};
use testkit::{Harness, get, post};

struct World {
    harness: Harness,
    chat: Router,
    maintain: Maintain,
    key: String,
}

impl World {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With changes to the environment of `maintain`.
    async fn with(changes: &[(&str, &str)]) -> Self {
        let harness = Harness::start().await;
        let chat = chat::Config::from_env(&harness.environment("chat", &[])).unwrap();
        let maintain = maintain::Config::from_env(&harness.environment("maintain", changes)).unwrap();
        Self {
            chat: chat::router(chat::ChatState::new(chat).await.unwrap()),
            maintain: Maintain::new(maintain).unwrap(),
            key: harness.key().create().await,
            harness,
        }
    }

    /// Starts work in the background and returns the id of its response.
    async fn create(&self, key: &str, more: Value) -> String {
        let mut body =
            json!({"model": "gpt-4o-mini", "input": "Hello", "background": true, "max_output_tokens": 500});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = post(&self.chat, "/v1/responses", key, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let text = reply.text();
        text[text.find("resp_").unwrap()..].split('"').next().unwrap().to_owned()
    }

    /// One run of `maintain`, after the pauses between two questions about a call.
    async fn tick(&self) -> usize {
        self.harness
            .db
            .execute("update background_calls set next_poll_at = clock_timestamp() where next_poll_at < 'infinity'")
            .await;
        self.maintain.handle(Event::Tick).await.unwrap().settled_background_calls
    }

    /// Makes the calls older than a response that cannot be found yet.
    async fn age(&self) {
        let age = "update background_calls set call = jsonb_set(call::jsonb, '{admitted,opened_at}', to_jsonb(clock_timestamp() - interval '1 hour'))::json";
        self.harness.db.execute(age).await;
    }

    async fn usage(&self, id: &str) -> Value {
        get(&self.chat, &format!("/v1/responses/{id}"), &self.key).await.json()["usage"].clone()
    }

    /// The rows of calls that the provider charges for.
    async fn rows(&self) -> Vec<Value> {
        let mut rows = self.harness.ledger().await;
        rows.retain(|row| row["endpoint"] == "responses");
        rows
    }
}

#[tokio::test]
async fn calls_are_settled_without_their_callers() {
    let world = World::start().await;
    world.harness.limit(domain::limits::Metric::Tokens, 100_000).create().await;
    let plain = world.create(&world.key, json!({"metadata": {"mock_background_polls": "1"}})).await;
    let cut = json!({"stream": true, "metadata": {"mock_fault": "truncated"}});
    let streamed = world.create(&world.key, cut).await;
    // Not asked about before its pause is over.
    assert_eq!(world.maintain.handle(Event::Tick).await.unwrap().settled_background_calls, 0);
    assert_eq!((world.tick().await, world.harness.open_calls().await), (1, 1));
    assert_eq!((world.tick().await, world.harness.open_calls().await), (1, 0));
    assert_eq!(world.tick().await, 0);
    let rows = world.rows().await;
    assert_eq!(rows.len(), 2);
    let mut total = 0;
    for (row, id) in rows.iter().zip([&streamed, &plain]) {
        let usage = world.usage(id).await;
        assert_eq!((&row["status"], &row["output_tokens"]), (&json!("settled"), &usage["output_tokens"]));
        assert_eq!(row["input_tokens"], usage["input_tokens"]);
        assert!(row["cost_pico_usd"].as_i64().unwrap() > 0);
        total += usage["total_tokens"].as_i64().unwrap();
    }
    let window = world.harness.windows().await.remove(0);
    assert_eq!((&window["reserved"], window["settled"].as_i64()), (&json!(0), Some(total)));
    assert_eq!(world.rows().await.len(), 2, "retrievals after the settlement change nothing");
}

#[tokio::test]
async fn call_past_its_deadline_is_corrected() {
    let world = World::start().await;
    let id = world.create(&world.key, json!({})).await;
    world
        .harness
        .db
        .execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'")
        .await;
    // The sweep comes first.
    assert_eq!(world.tick().await, 1);
    let rows = world.rows().await;
    assert_eq!(
        (rows.len(), &rows[0]["status"], &rows[1]["status"]),
        (2, &json!("abandoned"), &json!("settled"))
    );
    let output = rows.iter().map(|row| row["output_tokens"].as_i64().unwrap()).sum::<i64>();
    assert_eq!(json!(output), world.usage(&id).await["output_tokens"]);
    let report = world.maintain.handle(Event::Check).await.unwrap();
    assert_eq!(report.differences(), 0);
}

/// A response that the provider does not have is waited for at first; later, it was deleted.
#[tokio::test]
async fn call_of_a_deleted_response_is_recorded_with_its_bound() {
    let world = World::start().await;
    world.create(&world.key, json!({})).await;
    world.harness.mock.reset();
    assert_eq!((world.tick().await, world.harness.open_calls().await), (0, 1));
    world.age().await;
    assert_eq!((world.tick().await, world.harness.open_calls().await), (1, 0));
    let row = world.rows().await.remove(0);
    assert_eq!((&row["status"], &row["error_code"]), (&json!("estimated"), &json!("response_not_found")));
    assert_eq!(row["output_tokens"], 500);
}

/// The provider key of a caller is stored nowhere, and ours reads nothing of another account.
#[tokio::test]
async fn calls_with_a_callers_own_provider_key_are_left_to_that_caller() {
    let world = World::start().await;
    world.create("sk-of-the-caller", json!({})).await;
    let sent = world.harness.mock.requests().len();
    assert_eq!((world.tick().await, world.harness.open_calls().await), (0, 1));
    assert_eq!(world.harness.mock.requests().len(), sent);
}

#[tokio::test]
async fn without_a_provider_key_calls_are_left_to_their_callers() {
    let world = World::with(&[("OPENAI_API_KEY", "")]).await;
    world.create(&world.key, json!({})).await;
    assert_eq!((world.tick().await, world.harness.open_calls().await), (0, 1));
}

/// A provider that is away, or rejects the key, is asked again later, and the rest of the run goes on.
#[tokio::test]
async fn provider_that_does_not_answer_is_asked_again() {
    let world =
        World::with(&[("OPENAI_API_BASE", "http://127.0.0.1:9/v1"), ("UPSTREAM_MAX_RETRIES", "0")]).await;
    world.create(&world.key, json!({})).await;
    assert_eq!((world.tick().await, world.harness.open_calls().await), (0, 1));
    let next =
        "select next_poll_at > clock_timestamp() + interval '40 seconds' as is_later from background_calls";
    assert_eq!(world.harness.db.rows(next).await, [json!({"is_later": true})]);
}
