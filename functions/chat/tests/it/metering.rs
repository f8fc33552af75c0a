//! What calls are recorded as: the table of docs/METERING.md, and the limits that count it.

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;
use crate::stored::id_of;

const METERING: &str = include_str!("../../../../docs/METERING.md");

/// One row of the table.
struct Case {
    mock: String,
    call: String,
    status: String,
    input: String,
    output: String,
}

fn cases() -> Vec<Case> {
    let table = METERING.split_once("\n## Cases\n").expect("the section").1;
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect());
    cells
        .map(|cells: Vec<String>| {
            let [_, mock, call, status, input, output] = cells.try_into().expect("six cells");
            Case { mock: mock.trim_matches('`').to_owned(), call, status, input, output }
        })
        .collect()
}

impl Case {
    fn path(&self) -> &'static str {
        match self.call.split(' ').next() {
            Some("responses") => "/v1/responses",
            Some("embeddings") => "/v1/embeddings",
            Some("completions") => "/v1/completions",
            Some("compact") => "/v1/responses/compact",
            _ => "/v1/chat/completions",
        }
    }

    fn body(&self, label: &str) -> Value {
        let words: Vec<&str> = self.call.split(' ').collect();
        let (text, max) = match self.path() {
            "/v1/responses" => (json!({"input": "one two three"}), "max_output_tokens"),
            "/v1/embeddings" | "/v1/responses/compact" => (json!({"input": "one two three"}), ""),
            "/v1/completions" => (json!({"prompt": "one two three"}), "max_tokens"),
            _ => {
                (json!({"messages": [{"role": "user", "content": "one two three"}]}), "max_completion_tokens")
            }
        };
        let is_embedding = self.path() == "/v1/embeddings";
        let model = words.iter().find(|word| word.starts_with("gpt-"));
        let default = if is_embedding { "text-embedding-3-small" } else { "gpt-4o-mini" };
        let mut body = text;
        body["model"] = json!(model.unwrap_or(&default));
        body["metadata"] = json!({"user_label": label});
        for (index, parameter) in self.mock.split(' ').enumerate() {
            let (name, value) =
                if index == 0 { ("fault", parameter) } else { parameter.split_once('=').unwrap() };
            let name = match name {
                "in" => "prompt_tokens",
                "out" => "completion_tokens",
                name => name,
            };
            body["metadata"][format!("mock_{name}")] = json!(value);
        }
        for word in words {
            match word.split_once('=') {
                Some(("by", _)) => {}
                Some(("max", bound)) => body[max] = bound.parse().unwrap(),
                Some((name, value)) => body[name] = value.parse().unwrap_or_else(|_| json!(value)),
                None if matches!(word, "stream" | "background") => body[word] = json!(true),
                _ => {}
            }
        }
        body
    }
}

/// What a caller does once work in the background has begun.
async fn follow(router: &axum::Router, key: &str, by: &str, id: &str) {
    let path = format!("/v1/responses/{id}");
    let (method, path) = match by {
        "retrieval" => (Method::GET, path),
        "stream" => (Method::GET, format!("{path}?stream=true&starting_after=1")),
        "cancellation" => (Method::POST, format!("{path}/cancel")),
        "deletion" => (Method::DELETE, path),
        other => panic!("by={other}"),
    };
    let reply = send(router, request(method, &path, key, Body::empty())).await;
    assert_eq!(reply.status, StatusCode::OK, "{by}: {}", reply.text());
}

/// Bytes of the text that a caller reads in an answer.
fn text_bytes(reply: &Reply) -> usize {
    let text = reply.text();
    if !text.contains("data: ") {
        let body = reply.json();
        let choice = &body["choices"][0];
        let message = if choice["text"].is_null() { &choice["message"]["content"] } else { &choice["text"] };
        let output = &body["output"][0]["content"][0]["text"];
        return message.as_str().or(output.as_str()).map_or(0, str::len);
    }
    let (mut deltas, mut whole) = (0, 0);
    for data in text.lines().filter_map(|line| line.strip_prefix("data: ")) {
        // Half of a surrogate pair is three bytes.
        let data = data.replace("\"\\ud83d\"", "\"abc\"").replace("\"\\ude00\"", "\"abc\"");
        let event: Value = serde_json::from_str(&data).unwrap_or_default();
        let choice = &event["choices"][0];
        let delta =
            event["delta"].as_str().or(choice["delta"]["content"].as_str()).or(choice["text"].as_str());
        deltas += delta.map_or(0, str::len);
        whole += event["text"].as_str().map_or(0, str::len);
    }
    deltas.max(whole)
}

async fn check(
    harness: &Harness,
    router: &axum::Router,
    key: &str,
    number: usize,
    case: &Case,
) -> Option<String> {
    let label = format!("case {number}");
    let body = case.body(&label);
    let reply = post(router, case.path(), key, body.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    if let Some(by) = case.call.split(' ').find_map(|word| word.strip_prefix("by=")) {
        follow(router, key, by, &id_of(&reply)).await;
    }
    // Calls about stored responses are free, and not what this is about.
    let stored = "('responses.retrieve', 'responses.cancel', 'responses.delete')";
    let query = format!("select * from usage_logs where user_label = '{label}' and endpoint not in {stored}");
    let rows = harness.db.rows(&query).await;
    let [row] = rows.as_slice() else { panic!("{label}: {rows:?}") };
    let expected_input = match case.input.as_str() {
        "bytes" => format!("{}", body.to_string().len()),
        input => input.to_owned(),
    };
    let expected_output = match case.output.as_str() {
        "text" => text_bytes(&reply).to_string(),
        output => output.to_owned(),
    };
    let cached = &row["cached_tokens"];
    let cached = if *cached == 0 { String::new() } else { format!(", {cached} cached") };
    let found = format!(
        "{} {}{cached} {}",
        row["status"].as_str().unwrap(),
        row["input_tokens"],
        row["output_tokens"]
    );
    let expected = format!("{} {expected_input} {expected_output}", case.status);
    let is_free = row["cost_pico_usd"] == 0;
    let is_right = found == expected && expected_output != "text" && is_free == (case.status == "failed");
    (!is_right)
        .then(|| format!("{} | {}: {found} ({}), not {expected}", case.mock, case.call, row["cost_pico_usd"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_recorded_as_documented() {
    let harness = Harness::start().await;
    // Nothing here waits for the timeout, however busy the machine is.
    let router =
        router(&harness, &[("UPSTREAM_TIMEOUT_SECONDS", "120"), ("UPSTREAM_MAX_RETRIES", "0")]).await;
    let key = harness.key().create().await;
    harness.own_objects(["resp_1", "msg_1"].map(str::to_owned)).await;
    let cases = cases();
    assert!(cases.len() > 40, "{}", cases.len());
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        wrong.extend(check(&harness, &router, &key, number, case).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn limits_count_output_that_a_cut_stream_may_hide() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(domain::limits::Metric::Tokens, 20_000).create().await;
    let body = json!({
        "model": "gpt-5.6", "stream": true, "max_completion_tokens": 4000,
        "messages": [{"role": "user", "content": "one two three"}],
        "metadata": {"mock_fault": "cut-before-text", "mock_reasoning_tokens": "4000"},
    });
    let mut answered = 0;
    while post(&router, "/v1/chat/completions", &key, body.clone()).await.status == StatusCode::OK {
        answered += 1;
        let settled = harness.windows().await[0]["settled"].as_i64().unwrap();
        assert!(settled >= answered * 4000, "{settled} after {answered} calls");
    }
    assert_eq!(answered, 4);
}

#[tokio::test]
async fn answer_ends_soon_after_its_last_event_even_if_the_connection_stays_open() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("UPSTREAM_TIMEOUT_SECONDS", "120")]).await;
    let key = harness.key().create().await;
    for path in ["/v1/chat/completions", "/v1/responses"] {
        let body = json!({"model": "gpt-4o-mini", "stream": true, "input": "Hello",
            "messages": [{"role": "user", "content": "Hello"}], "metadata": {"mock_fault": "held-open"}});
        let answer = post(&router, path, &key, body);
        // Far from what a busy machine may take, and from the timeout.
        let reply = tokio::time::timeout(std::time::Duration::from_mins(1), answer).await.expect("an end");
        assert!(!reply.text().contains("upstream_timeout"), "{path}: {}", reply.text());
    }
    assert!(
        harness.ledger().await.iter().all(|row| row["status"] == "settled" && row["error_code"].is_null())
    );
}

#[tokio::test]
async fn error_with_a_success_status_passes_unchanged() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    for stream in [false, true] {
        let body = json!({"model": "gpt-4o-mini", "stream": stream,
            "messages": [{"role": "user", "content": "Hello"}], "metadata": {"mock_fault": "error-as-stream"}});
        let reply = post(&router, "/v1/chat/completions", &key, body).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.json()["error"]["code"], "server_is_overloaded", "{}", reply.text());
    }
    let body = json!({"user_label": "x", "model": "gpt-4o-mini?fault=error-as-stream", "prompt": "Hello"});
    let reply = post(&router, "/api/llm/chat", &key, body).await;
    assert_eq!(
        (reply.status, &reply.json()["detail"]),
        (StatusCode::BAD_GATEWAY, &json!("The model failed to answer."))
    );
    for row in harness.ledger().await {
        assert_eq!((&row["status"], &row["cost_pico_usd"]), (&json!("failed"), &json!(0)));
        assert_eq!(row["error_code"], "server_is_overloaded");
    }
}
