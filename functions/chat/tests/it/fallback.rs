//! Model routes: which target a call is tried at, what the caller sees, and what the ledger keeps.

mod answers;
mod limits;
mod names;
mod objects;
mod silence;

use axum::Router;
use axum::body::Body;
use http::{Method, StatusCode};
use mock_provider::Fault;
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;
use crate::scripted::{ScriptedProvider, response};
use crate::upstreams::{ANSWER, KEYS, add, answering, sent};

const PATH: &str = "/v1/chat/completions";
/// Nothing listens there.
const CLOSED: &str = "http://127.0.0.1:9/v1";

/// Adds a route; each target is the name of an upstream and a model.
async fn route(harness: &Harness, model: &str, targets: &[(&str, &str)]) {
    let target = |(upstream, model): &(&str, &str)| json!({"upstream": upstream, "model": model});
    add_route(harness, "openai", model, targets.iter().map(target).collect()).await;
}

async fn add_route(harness: &Harness, wire: &str, model: &str, targets: Value) {
    harness
        .db
        .execute(&format!(
            "insert into model_routes (wire, model, targets) values ('{wire}', '{model}', '{targets}')"
        ))
        .await;
}

fn hello(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "Hello"}]})
}

fn refusing(status: &str, headers: &str) -> Vec<u8> {
    let body = br#"{"error":{"message":"No.","type":"server_error","code":"scripted"}}"#;
    response(status, &format!("content-type: application/json\r\n{headers}"), body)
}

/// The tries of the only call, as upstream, status and error.
async fn tries(harness: &Harness) -> Vec<String> {
    let row = harness.only_row().await;
    let tries = row["route"]["tries"].as_array().unwrap_or_else(|| panic!("no route: {row}")).clone();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    tries
        .iter()
        .map(|tried| {
            format!(
                "{} {} {}",
                text(&tried["upstream"]),
                text(&tried["http_status"]),
                text(&tried["error_code"])
            )
        })
        .collect()
}

/// `groq` with these responses, then the provider of the environment.
async fn world(connections: Vec<Vec<Vec<Vec<u8>>>>) -> (Harness, Router, ScriptedProvider, String) {
    let harness = Harness::start().await;
    let groq = ScriptedProvider::start(connections).await;
    add(&harness, "groq", &groq.base_url, &[("price_provider", "groq")]).await;
    route(&harness, "fast", &[("groq", "llama-3.3"), ("openai", "gpt-4o-mini")]).await;
    let router = router(&harness, &KEYS).await;
    let key = harness.key().create().await;
    (harness, router, groq, key)
}

#[tokio::test]
async fn next_target_answers_where_the_first_refuses_and_the_call_is_its_own() {
    let (harness, router, groq, key) =
        world(vec![vec![vec![refusing("429 Too Many Requests", "retry-after: 30\r\n")]]]).await;
    let body = r#"{ "messages":[{"role":"user","content":"Hello"}],  "model" : "fast", "seed":1.50 }"#;
    let reply = send(&router, request(Method::POST, PATH, &key, Body::from(body))).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.header("x-tokenmeter-upstream"), Some("openai"));
    // Nothing but the value of the model is written again.
    let received: Vec<String> =
        groq.requests().iter().map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect();
    assert_eq!(received, [body.replace("fast", "llama-3.3")]);
    assert_eq!(harness.mock.requests().pop().unwrap().body, body.replace("fast", "gpt-4o-mini").as_bytes());
    let row = harness.only_row().await;
    assert_eq!(
        (&row["provider"], &row["model"], &row["status"], &row["attempts"]),
        (&json!("openai"), &json!("gpt-4o-mini"), &json!("settled"), &json!(2))
    );
    assert_eq!(row["route"]["model"], "fast");
    assert!(row["cost_pico_usd"].is_i64(), "{row}");
    assert_eq!(tries(&harness).await, ["groq 429 scripted", "openai 200 null"]);
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn first_target_that_answers_is_the_only_one() {
    let (harness, router, groq, key) =
        world(vec![vec![vec![response("200 OK", "content-type: application/json\r\n", ANSWER.as_bytes())]]])
            .await;
    let reply = post(&router, PATH, &key, hello("fast")).await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, ANSWER.to_owned()));
    assert_eq!(reply.header("x-tokenmeter-upstream"), Some("groq"));
    let (_, keys, _) = sent(&groq.requests()[0]);
    assert_eq!(keys, ["authorization: Bearer gsk-of-the-tests"]);
    let row = harness.only_row().await;
    assert_eq!((&row["provider"], &row["model"]), (&json!("groq"), &json!("llama-3.3")));
    assert_eq!(tries(&harness).await, ["groq 200 null"]);
    assert_eq!(harness.mock.counters().total.requests, 0);
}

#[tokio::test]
async fn target_that_refuses_for_a_while_is_tried_last() {
    let busy = || refusing("429 Too Many Requests", "retry-after: 60\r\n");
    let (harness, router, groq, key) = world(vec![vec![vec![busy()], vec![busy()]]]).await;
    for requests in [1, 1] {
        let reply = post(&router, PATH, &key, hello("fast")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(groq.requests().len(), requests);
    }
    // The provider of the environment fails, so the other one is tried all the same.
    harness.mock.script([Fault::ServerError]);
    let reply = post(&router, PATH, &key, hello("fast")).await;
    assert_eq!((reply.status, groq.requests().len()), (StatusCode::TOO_MANY_REQUESTS, 2));
    let upstream = |reply: &Reply| reply.header("x-tokenmeter-upstream").map(str::to_owned);
    assert_eq!(upstream(&reply).as_deref(), Some("groq"));
}

#[tokio::test]
async fn changes_of_routes_and_upstreams_apply_to_the_next_call() {
    let (harness, router, groq, key) = world(Vec::new()).await;
    harness.db.execute("delete from upstreams").await;
    let reply = post(&router, PATH, &key, hello("fast")).await;
    assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("openai")));
    harness
        .db
        .execute(r#"update model_routes set targets = '[{"upstream": "groq", "model": "llama-3.3"}]'"#)
        .await;
    let reply = post(&router, PATH, &key, hello("fast")).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("no_target"))
    );
    let other = answering(1).await;
    add(&harness, "groq", &other.base_url, &[]).await;
    // Refused calls look for new targets once a second.
    let is_served = async || post(&router, PATH, &key, hello("fast")).await.status == StatusCode::OK;
    harness.eventually("the new target is found", is_served).await;
    assert_eq!(other.requests().len(), 1);
    // Without its route, the name is that of a model.
    harness.db.execute("delete from model_routes").await;
    let reply = post(&router, PATH, &key, hello("fast")).await;
    assert_eq!(reply.header("x-tokenmeter-upstream"), Some("openai"));
    let last = harness.ledger().await.pop().unwrap();
    assert_eq!((&last["model"], &last["route"]), (&json!("fast"), &Value::Null));
    assert_eq!((groq.requests().len(), harness.open_calls().await), (0, 0));
}
