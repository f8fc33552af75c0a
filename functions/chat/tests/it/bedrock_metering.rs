//! What Bedrock's answers are recorded as: its table in docs/METERING.md.

use axum::Router;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::messages_metering::pico_of;
use crate::router;

const METERING: &str = include_str!("../../../../docs/METERING.md");
const CLAUDE: &str = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// The cells of each row.
fn cases() -> Vec<[String; 9]> {
    let section = METERING.split_once("\n## Amazon Bedrock\n").expect("the section").1;
    let table = section.split_once("\n## ").expect("the next section").0;
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()));
    cells.map(|cells| cells.collect::<Vec<_>>().try_into().expect("nine cells")).collect()
}

/// Path and body of the call.
fn request(mock: &str, call: &str) -> (String, Value) {
    let (method, model) = call.split_once(' ').unwrap_or((call, CLAUDE));
    let is_invoke = method.starts_with("invoke");
    let mut body = if !is_invoke {
        json!({
            "messages": [{"role": "user", "content": [{"text": "one two three"}]}],
            "inferenceConfig": {"maxTokens": 64},
        })
    } else if model.contains("anthropic") {
        json!({
            "anthropic_version": "bedrock-2023-05-31", "max_tokens": 64,
            "messages": [{"role": "user", "content": "one two three"}],
        })
    } else {
        json!({"prompt": "one two three", "max_tokens": 64})
    };
    let member = if is_invoke { "metadata" } else { "requestMetadata" };
    for parameter in mock.trim_matches('`').split(' ') {
        let (name, value) = parameter.split_once('=').unwrap();
        body[member][format!("mock_{name}")] = json!(value);
    }
    (format!("/bedrock/model/{}/{method}", model.replace(':', "%3A")), body)
}

/// What differs from the row.
async fn check(harness: &Harness, router: &Router, key: &str, case: &[String; 9]) -> Option<String> {
    let [_, mock, call, status, input, cached, written, output, cost] = case;
    let (path, body) = request(mock, call);
    let before = harness.ledger().await.len();
    let reply = post(router, &path, key, body.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{case:?}: {}", reply.text());
    let rows = harness.ledger().await;
    assert_eq!(rows.len(), before + 1, "{case:?}");
    let row = rows.last().unwrap();
    // The bytes of the body, an allowance, and nothing of what the provider reports.
    let bytes = body.to_string().len() + 1_024;
    let input = if input == "bytes" { bytes.to_string() } else { input.clone() };
    let pico = row["cost_pico_usd"].as_i64();
    let cost = match cost.as_str() {
        "unknown" => None,
        "bound" => pico.filter(|pico| *pico > 0),
        usd => Some(pico_of(usd)),
    };
    let expected = (status.as_str(), input, cached.clone(), written.clone(), output.clone(), cost);
    let text = |name: &str| row[name].to_string();
    let found = (
        row["status"].as_str().unwrap(),
        text("input_tokens"),
        text("cached_tokens"),
        format!("{}, {}", text("cache_write_tokens"), text("cache_write_long_tokens")),
        text("output_tokens"),
        pico,
    );
    (found != expected).then(|| format!("{mock} | {call}: {found:?}, not {expected:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_recorded_as_documented() {
    let harness = Harness::start().await;
    let changes = [("UPSTREAM_TIMEOUT_SECONDS", "120"), ("UPSTREAM_MAX_RETRIES", "0")];
    let router = router(&harness, &changes).await;
    let key = harness.key().create().await;
    let cases = cases();
    assert!(cases.len() > 20, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(check(&harness, &router, &key, case).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(harness.open_calls().await, 0);
}
