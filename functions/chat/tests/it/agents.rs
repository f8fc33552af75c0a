//! What agents send, turn by turn, under a hard limit of five dollars a day: no call is refused, and none exceeds its
//! bound.

use axum::Router;
use domain::limits::{Metric, Period};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post};

use crate::limits::USD;
use crate::router;

const PATH: &str = "/v1/responses";
const TURNS: usize = 6;

/// The request of a turn.
type Turn = fn(usize) -> Value;

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn function(name: &str) -> Value {
    json!({"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}, "strict": false})
}

/// The items that one turn adds to the input of the next.
fn answered(turn: usize, reasoning: &Value) -> Vec<Value> {
    let mut items = vec![reasoning.clone()];
    items[0]["id"] = format!("rs_{turn}").into();
    items
        .push(json!({"type": "function_call", "id": format!("fc_{turn}"), "call_id": format!("call_{turn}"),
        "name": "look_up", "arguments": "{}", "status": "completed"}));
    items.push(json!({"type": "function_call_output", "call_id": format!("call_{turn}"), "output": "x".repeat(2_000)}));
    items
}

/// The whole conversation is sent again with each turn; the provider stored its reasoning.
fn agents_sdk(turn: usize) -> Value {
    let stored = json!({"type": "reasoning", "summary": []});
    let mut input = vec![user("Find the cheapest supplier.")];
    input.extend((0..turn).flat_map(|turn| answered(turn, &stored)));
    json!({"model": "gpt-5", "input": input, "instructions": "Be brief.", "tools": [function("look_up"),
        {"type": "web_search", "search_context_size": "medium"}], "include": [], "parallel_tool_calls": true})
}

/// Nothing is stored: reasoning comes back encrypted, a long conversation compacted.
fn codex(turn: usize) -> Value {
    let encrypted = json!({"type": "reasoning", "summary": [], "encrypted_content": "e".repeat(3_000)});
    let mut input = vec![
        json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fix the build."}]}),
    ];
    if turn > 3 {
        input.push(json!({"type": "compaction", "encrypted_content": "c".repeat(3_000)}));
    }
    input.extend((0..turn).flat_map(|turn| answered(turn, &encrypted)));
    json!({"model": "gpt-5.3-codex", "instructions": "You are a coding agent.", "input": input, "stream": true, "store": false,
        "include": ["reasoning.encrypted_content"], "prompt_cache_key": "conversation", "tool_choice": "auto",
        "parallel_tool_calls": true, "tools": [function("shell"), {"type": "custom", "name": "apply_patch"},
            {"type": "namespace", "name": "files", "tools": [function("read")]}, {"type": "web_search"}]})
}

fn langchain(turn: usize) -> Value {
    let mut body = json!({"model": "gpt-5-mini", "input": [user("And the next one?")], "tools": [function("look_up"),
        {"type": "code_interpreter", "container": {"type": "auto"}}, {"type": "file_search", "vector_store_ids": ["vs_1"]}]});
    if turn > 0 {
        body["previous_response_id"] = format!("resp_{turn}").into();
    }
    body
}

fn ai_sdk(turn: usize) -> Value {
    let mut input =
        vec![json!({"role": "user", "content": [{"type": "input_text", "text": "Summarise it."}]})];
    for turn in 0..turn {
        input.push(json!({"type": "item_reference", "id": format!("rs_{turn}")}));
        input.push(json!({"type": "item_reference", "id": format!("msg_{turn}")}));
        input.push(json!({"role": "user", "content": [{"type": "input_text", "text": "Shorter."}]}));
    }
    json!({"model": "gpt-5", "input": input, "stream": true, "tools": [{"type": "mcp", "server_label": "docs", "server_url": "https://example.com"}]})
}

fn vision(turn: usize) -> Value {
    let image =
        json!({"type": "input_image", "image_url": format!("data:image/png;base64,{}", "A".repeat(200_000))});
    let by_url = json!({"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"});
    let file =
        json!({"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"});
    let mut content = vec![json!({"type": "input_text", "text": "What is this?"}), image, by_url];
    content.extend((turn == 1).then_some(file));
    json!({"model": "gpt-5", "input": [{"role": "user", "content": content}]})
}

/// A model whose input above 272,000 tokens costs twice as much: searching stays below that.
fn searching_with_a_long_window(_: usize) -> Value {
    json!({"model": "gpt-5.6-terra", "input": "What is new?", "tools": [{"type": "web_search"}]})
}

async fn turn(router: &Router, key: &str, label: &str, mut body: Value) -> Reply {
    body["metadata"] =
        json!({"user_label": label, "mock_prompt_tokens": "3000", "mock_completion_tokens": "400"});
    post(router, PATH, key, body).await
}

#[tokio::test]
async fn agents_finish_under_a_hard_daily_budget() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let made = ["resp", "rs", "msg"]
        .into_iter()
        .flat_map(|kind| (0..TURNS).map(move |turn| format!("{kind}_{turn}")));
    harness.own_objects(made).await;
    let agents: [(&str, Turn); 6] = [
        ("agents-sdk", agents_sdk),
        ("codex", codex),
        ("langchain", langchain),
        ("ai-sdk", ai_sdk),
        ("vision", vision),
        ("long-window", searching_with_a_long_window),
    ];
    for (label, body) in agents {
        harness.limit(Metric::Usd, 5 * USD).label(label).per(Period::Day).create().await;
        for number in 0..TURNS {
            let reply = turn(&router, &key, label, body(number)).await;
            assert_eq!(reply.status, StatusCode::OK, "{label} {number}: {}", reply.text());
        }
    }
    let rows = harness.ledger().await;
    assert_eq!(rows.len(), TURNS * agents.len());
    assert!(rows.iter().all(|row| row["overrun"] == false), "{rows:#?}");
    for window in harness.windows().await {
        assert_eq!((&window["reserved"], &window["overrun"]), (&json!(0), &json!(0)), "{window}");
    }
}

fn bounds(headers: &HeaderMap) -> (Option<u64>, Option<u64>) {
    let read = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().parse().unwrap());
    (read("x-tokenmeter-output-bound"), read("x-tokenmeter-max-tool-calls"))
}

#[tokio::test]
async fn filled_in_bounds_are_sent_and_reported() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Usd, 5 * USD).label("five").per(Period::Day).create().await;
    harness.limit(Metric::Usd, 2 * USD).label("tight").per(Period::Day).create().await;
    harness.limit(Metric::Usd, 10_000 * USD).label("rich").per(Period::Day).create().await;
    let files = |fields: Value| {
        let mut body = json!({"model": "gpt-5", "service_tier": "default", "input": "Hi", "tools": [{"type": "file_search"}]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    // A call reads the window of 400,000 tokens again, at $1.25 per million and a fee of $0.0025.
    for (label, fields, calls) in [
        ("free", json!({}), None),
        ("five", json!({}), Some(4)),
        ("five", json!({"stream": true}), Some(4)),
        ("five", json!({"max_output_tokens": 100_000}), Some(2)),
        ("tight", json!({}), Some(1)),
        ("rich", json!({}), Some(32)),
        ("rich", json!({"max_tool_calls": 50}), None),
        ("rich", json!({"max_tool_calls": null}), Some(32)),
    ] {
        let reply = turn(&router, &key, label, files(fields.clone())).await;
        assert_eq!(reply.status, StatusCode::OK, "{label} {fields}: {}", reply.text());
        let (output, tool_calls) = bounds(&reply.headers);
        assert_eq!(tool_calls, calls, "{label} {fields}");
        let is_filled = label != "free" && fields.get("max_output_tokens").is_none();
        assert_eq!(output.is_some(), is_filled, "{label} {fields}");
        let sent: Value = serde_json::from_slice(&harness.mock.requests().last().unwrap().body).unwrap();
        assert_eq!(
            sent["max_tool_calls"].as_u64(),
            calls.or(fields["max_tool_calls"].as_u64()),
            "{label} {fields}"
        );
        if is_filled {
            assert_eq!(sent["max_output_tokens"].as_u64(), output);
        }
    }
    let rows = harness.db.rows("select * from usage_logs where overrun").await;
    assert!(rows.is_empty(), "{rows:#?}");
}

/// Without room for even one call of a tool, the provider would have to be trusted not to make it.
#[tokio::test]
async fn call_with_tools_that_cannot_fit_is_refused() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Usd, USD / 2).label("poor").per(Period::Day).create().await;
    let body = json!({"model": "gpt-5", "input": "Hi", "tools": [{"type": "file_search"}]});
    let reply = turn(&router, &key, "poor", body.clone()).await;
    let code = reply.json()["error"]["code"].as_str().map(str::to_owned);
    assert_eq!((reply.status, code.as_deref()), (StatusCode::BAD_REQUEST, Some("request_exceeds_limit")));
    harness.db.execute("update limits set unbounded = 'refuse'").await;
    let reply = turn(&router, &key, "poor", body.clone()).await;
    assert_eq!(
        (reply.status, reply.json()["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("unbounded_request"))
    );
    harness.db.execute("update limits set unbounded = 'estimate'").await;
    let reply = turn(&router, &key, "poor", body).await;
    assert_eq!((reply.status, bounds(&reply.headers).1), (StatusCode::OK, None), "{}", reply.text());
    assert_eq!(harness.only_row().await["overrun"], false);
}

#[tokio::test]
async fn estimate_that_was_too_low_is_flagged() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Tokens, 200_000).label("trusting").per(Period::Day).create().await;
    harness.db.execute("update limits set unbounded = 'estimate'").await;
    harness.own_objects(["resp_1".to_owned()]).await;
    let mut body =
        json!({"model": "gpt-5", "input": "Hi", "previous_response_id": "resp_1", "max_output_tokens": 100});
    body["metadata"] = json!({"user_label": "trusting", "mock_prompt_tokens": "90000"});
    assert_eq!(post(&router, PATH, &key, body).await.status, StatusCode::OK);
    let (row, window) = (harness.only_row().await, harness.windows().await.remove(0));
    assert_eq!(row["overrun"], true);
    let used = row["input_tokens"].as_i64().unwrap() + row["output_tokens"].as_i64().unwrap();
    assert_eq!(window["settled"].as_i64().unwrap() + window["overrun"].as_i64().unwrap(), used);
    assert_eq!((&window["overruns"], &window["reserved"]), (&json!(1), &json!(0)));
}
