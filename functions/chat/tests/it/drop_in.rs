//! What a client notices of a gateway that is not transparent, point by point, and the test of each:
//!
//! 1. Anthropic's SDK, plain and streamed, `?beta=true`, unknown events, `error` after a 200: `messages`, and
//!    `upstream::wire::anthropic::tests::streams`; pings at once: here. `dev/sdk/python/tests/test_anthropic.py`.
//! 2. Counts that `message_delta` repeats, grows or leaves out: `last_counts_replace_the_first_and_are_never_added` of
//!    those tests, and the table of Anthropic in docs/METERING.md (`messages_metering`).
//! 3. Cache writes for 5 minutes and an hour, without a split, and with one that is smaller than the sum:
//!    `cache_is_counted_beside_the_input`, `counts_that_cannot_be_true_are_unknown`, and `messages_metering`.
//! 4. Several models in one answer, declined fallbacks, refusals: `steps_beside_the_answer_are_parts_of_the_call`,
//!    `hop_that_a_fallback_replaced_is_billed_if_it_has_output`, `refusal_before_any_output_is_not_billed`.
//! 5. `speed` and `inference_geo`: `tier_is_what_was_used`, and `domain::pricing::tests::providers`.
//! 6. Prices that depend on the size of the input, caches counted: here.
//! 7. Gemini's counts and errors: the table of Gemini in docs/METERING.md (`gemini_metering`), `gemini::streams`, and
//!    `upstream::wire::gemini::tests::errors`.
//! 8. Usage in the words of xAI, Groq and others: the table of compatible servers in
//!    docs/METERING.md (`usage_is_read_as_documented`), and running totals
//!    (`running_totals_of_a_stream_are_replaced_and_never_added`).
//! 9. Event streams of AWS: `bedrock::streams`, and `upstream::wire::bedrock::tests::streams`.
//! 10. Keys in each place, two different ones: `messages`, `gemini::keys`, `keys`; in no line of a log, nor is a query:
//!     `no_line_has_a_key_a_query_or_a_prompt` of `dev/lambda-host`.
//! 11. A used-up budget: `used_up_budget_is_a_billing_error`, `used_up_budget_is_a_quota_of_a_day`,
//!     `each_kind_of_limit_refuses_with_its_own_code_and_sends_nothing`; that clients stop: `dev/sdk`.
//! 12. A caller that hangs up: here, and `dropped_stream_leaves_its_call_to_the_sweeper`.
//! 13. Counts of tokens at a used-up budget: `count_of_tokens_is_free_even_when_the_budget_is_used_up` of both formats.

use std::time::Duration;

use axum::Router;
use futures_util::StreamExt;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, post, request};
use tower::ServiceExt;

use crate::router;
use crate::scripted::ScriptedProvider;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const START: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","model":"claude-opus-5","content":[],"usage":{"input_tokens":27,"output_tokens":1}}}

"#;
const PING: &str = "event: ping\ndata: {\"type\":\"ping\"}\n\n";

fn message(stream: bool) -> Value {
    json!({
        "model": "claude-opus-5", "max_tokens": 64, "stream": stream,
        "messages": [{"role": "user", "content": "one two three"}],
    })
}

/// An Anthropic that sends these events and then nothing.
async fn silent_after(events: &[&str]) -> (Harness, Router, String, ScriptedProvider) {
    let harness = Harness::start().await;
    let chunk = |event: &&str| format!("{:x}\r\n{event}\r\n", event.len()).into_bytes();
    let pieces = std::iter::once(HEAD.as_bytes().to_vec()).chain(events.iter().map(chunk)).collect();
    let provider = ScriptedProvider::start(vec![vec![pieces, Vec::new()]]).await;
    let base_url = provider.base_url.trim_end_matches("/v1").to_owned();
    let router = router(&harness, &[("ANTHROPIC_API_BASE", &base_url)]).await;
    let key = harness.key().create().await;
    (harness, router, key, provider)
}

/// The body until it contains this, while the provider sends nothing more.
async fn read_until(router: &Router, key: &str, wanted: &str) -> axum::body::BodyDataStream {
    let request = request(Method::POST, "/v1/messages", key, message(true).to_string());
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let (mut chunks, mut text) = (response.into_body().into_data_stream(), String::new());
    while !text.contains(wanted) {
        let chunk = tokio::time::timeout(Duration::from_secs(15), chunks.next()).await;
        text.push_str(&String::from_utf8_lossy(&chunk.expect("it is not held back").unwrap().unwrap()));
    }
    chunks
}

#[tokio::test]
async fn ping_passes_at_once() {
    let (_harness, router, key, _provider) = silent_after(&[START, PING]).await;
    drop(read_until(&router, &key, PING).await);
}

#[tokio::test]
async fn call_whose_caller_hung_up_is_not_settled_at_a_partial_usage() {
    let (harness, router, key, _provider) = silent_after(&[START]).await;
    let chunks = read_until(&router, &key, "message_start").await;
    drop(chunks);
    harness.db.execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'").await;
    ledger::calls::sweep(&harness.db.open()).await.unwrap();
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["output_tokens"]), (&json!("abandoned"), &json!(64)), "{row}");
    assert!(row["input_tokens"].as_i64() > Some(27) && row["cost_pico_usd"].as_i64() > Some(0), "{row}");
}

/// Claude Haiku 5.5 costs five times as much above 100,000 tokens of input.
#[tokio::test]
async fn size_that_decides_the_price_includes_the_cache() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut costs = Vec::new();
    for (input, cached) in [(100_000, 0), (100_001, 0), (10, 99_990), (10, 99_991)] {
        harness.db.execute("truncate usage_logs").await;
        let mut body = message(false);
        body["model"] = json!("claude-haiku-5-5");
        body["metadata"] = json!({
            "mock_prompt_tokens": (input + cached).to_string(), "mock_cached_tokens": cached.to_string(),
            "mock_completion_tokens": "0",
        });
        let reply = post(&router, "/v1/messages", &key, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let row = harness.only_row().await;
        assert_eq!(row["input_tokens"], input + cached, "{row}");
        costs.push(row["cost_pico_usd"].as_i64().unwrap() - output_cost(&row, input + cached));
    }
    let (fresh, read) = (100_000, 10_000);
    assert_eq!(
        costs,
        [100_000 * fresh, 100_001 * fresh * 5, 10 * fresh + 99_990 * read, (10 * fresh + 99_991 * read) * 5]
    );
}

/// Of 0.50 USD per million tokens, or 2.50.
fn output_cost(row: &Value, input: i64) -> i64 {
    row["output_tokens"].as_i64().unwrap() * if input > 100_000 { 2_500_000 } else { 500_000 }
}
