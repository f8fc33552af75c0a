//! What messages are recorded as: the table of Anthropic in docs/METERING.md.

use axum::Router;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::router;

const METERING: &str = include_str!("../../../../docs/METERING.md");

/// The cells of each row.
fn cases() -> Vec<[String; 9]> {
    let section = METERING.split_once("\n## Anthropic\n").expect("the section").1;
    let table = section.split_once("\n## ").expect("the next section").0;
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()));
    cells.map(|cells| cells.collect::<Vec<_>>().try_into().expect("nine cells")).collect()
}

fn body(mock: &str, call: &str, label: &str) -> Value {
    let words: Vec<&str> = call.split(' ').collect();
    let model = words.iter().find(|word| word.starts_with("claude-")).unwrap_or(&"claude-opus-5");
    let mut metadata = json!({"user_label": label});
    for parameter in mock.trim_matches('`').split(' ') {
        let (name, value) = parameter.split_once('=').unwrap();
        metadata[format!("mock_{name}")] = json!(value);
    }
    let mut body = json!({
        "model": model, "max_tokens": 64, "metadata": metadata,
        "messages": [{"role": "user", "content": "one two three"}],
    });
    for word in words {
        match word.split_once('=') {
            Some((name, value)) => body[name] = json!(value),
            None if word == "stream" => body["stream"] = json!(true),
            None => {}
        }
    }
    body
}

/// What differs from the row.
async fn check(
    harness: &Harness,
    router: &Router,
    key: &str,
    number: usize,
    case: &[String; 9],
) -> Option<String> {
    let [_, mock, call, status, input, cached, written, output, cost] = case;
    let label = format!("case {number}");
    let body = body(mock, call, &label);
    let reply = post(router, "/v1/messages", key, body.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{case:?}: {}", reply.text());
    let rows = harness.db.rows(&format!("select * from usage_logs where user_label = '{label}'")).await;
    let [row] = rows.as_slice() else { panic!("{case:?}: {rows:?}") };
    // The bytes of the body, and nothing of what the provider reports.
    let bytes = body.to_string().len();
    let input = if input == "bytes" { bytes.to_string() } else { input.clone() };
    let pico = row["cost_pico_usd"].as_i64();
    let cost = match cost.as_str() {
        "unknown" => None,
        // Of the dearest bucket: written to the cache, in the dearer geography.
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

/// USD as a decimal, in pico-USD.
pub(crate) fn pico_of(usd: &str) -> i64 {
    let (whole, fraction) = usd.split_once('.').unwrap_or((usd, ""));
    format!("{whole}{fraction:0<12}").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_recorded_as_documented() {
    let harness = Harness::start().await;
    let changes = [("UPSTREAM_TIMEOUT_SECONDS", "120"), ("UPSTREAM_MAX_RETRIES", "0")];
    let router = router(&harness, &changes).await;
    let key = harness.key().create().await;
    let cases = cases();
    assert!(cases.len() > 20, "{}", cases.len());
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        wrong.extend(check(&harness, &router, &key, number, case).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(harness.open_calls().await, 0);
}
