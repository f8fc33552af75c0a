//! What Gemini's content is recorded as: its table in docs/METERING.md.

use axum::Router;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::messages_metering::pico_of;
use crate::router;

const METERING: &str = include_str!("../../../../docs/METERING.md");

/// The cells of each row.
fn cases() -> Vec<[String; 9]> {
    let section = METERING.split_once("\n## Gemini\n").expect("the section").1;
    let table = section.split_once("\n## ").expect("the next section").0;
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()));
    cells.map(|cells| cells.collect::<Vec<_>>().try_into().expect("nine cells")).collect()
}

/// Path and body of the call.
fn request(mock: &str, call: &str) -> (String, Value) {
    let words: Vec<&str> = call.split(' ').collect();
    let model = words.iter().find(|word| word.starts_with("gemini-")).unwrap_or(&"gemini-3.5-flash");
    let method = match words[0] {
        "plain" => "generateContent",
        "stream" => "streamGenerateContent?alt=sse",
        "array" => "streamGenerateContent",
        other => panic!("unknown kind of call: {other}"),
    };
    let mut body = json!({
        "contents": [{"role": "user", "parts": [{"text": "one two three"}]}],
        "generationConfig": {"maxOutputTokens": 64},
    });
    for parameter in mock.trim_matches('`').split(' ') {
        let (name, value) = parameter.split_once('=').unwrap();
        body["metadata"][format!("mock_{name}")] = json!(value);
    }
    for word in &words {
        match word.split_once('=') {
            Some(("tier", tier)) => body["serviceTier"] = json!(tier),
            Some((name, _)) => panic!("unknown: {name}"),
            None if *word == "search" => body["tools"] = json!([{"googleSearch": {}}]),
            None => {}
        }
    }
    (format!("/v1beta/models/{model}:{method}"), body)
}

/// What differs from the row.
async fn check(harness: &Harness, router: &Router, key: &str, case: &[String; 9]) -> Option<String> {
    let [_, mock, call, status, input, cached, audio, output, cost] = case;
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
        // Of the dearest tier, as the one that served is not known.
        "bound" => pico.filter(|pico| *pico > 0),
        usd => Some(pico_of(usd)),
    };
    let expected = (status.as_str(), input, cached.clone(), audio.clone(), output.clone(), cost);
    let text = |name: &str| row[name].to_string();
    let found = (
        row["status"].as_str().unwrap(),
        text("input_tokens"),
        format!("{}, {}", text("cached_tokens"), text("cached_audio_tokens")),
        text("audio_input_tokens"),
        format!("{}, {}, {}", text("output_tokens"), text("reasoning_tokens"), text("image_output_tokens")),
        pico,
    );
    (found != expected).then(|| format!("{mock} | {call}: {found:?}, not {expected:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_recorded_as_documented() {
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
