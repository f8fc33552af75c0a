//! Streams that report their usage where Groq does, through a registered upstream.

use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use super::{KEYS, add};
use crate::router;

fn chat(more: &[(&str, Value)]) -> Value {
    let mut body = json!({
        "model": "openai/gpt-oss-120b", "stream": true, "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {
            "mock_usage_place": "x_groq", "mock_prompt_tokens": "100", "mock_cached_tokens": "64",
            "mock_completion_tokens": "20",
        },
    });
    for (name, value) in more {
        body[name] = value.clone();
    }
    body
}

/// The chunks of a stream without its `[DONE]`.
fn chunks(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn usage_in_the_chunk_that_finishes_settles_the_call() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &KEYS).await, harness.key().create().await);
    let base_url = format!("http://{}/at/groq/v1", harness.mock.address());
    add(&harness, "groq", &base_url, &[("price_provider", "groq")]).await;
    for more in [vec![], vec![("stream_options", json!({"include_usage": true}))], vec![("n", json!(2))]] {
        harness.db.execute("truncate usage_logs").await;
        let reply = post(&router, "/groq/v1/chat/completions", &key, chat(&more)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let chunks = chunks(&reply.text());
        // It passes, since the chunk is needed for more than the usage.
        let last = chunks.last().unwrap();
        assert_eq!(
            (&last["x_groq"]["usage"]["prompt_tokens"], last.get("usage")),
            (&json!(100), None),
            "{last}"
        );
        assert_eq!(last["choices"][0]["finish_reason"], "stop");
        let row = harness.only_row().await;
        let output = 20 * if more.first().is_some_and(|(name, _)| *name == "n") { 2 } else { 1 };
        assert_eq!(
            [
                &row["status"],
                &row["input_tokens"],
                &row["cached_tokens"],
                &row["output_tokens"],
                &row["provider"]
            ],
            [&json!("settled"), &json!(100), &json!(64), &json!(output), &json!("groq")],
            "{more:?}"
        );
        // 0.15, 0.075 and 0.60 USD per million.
        assert_eq!(row["cost_pico_usd"], 36 * 150_000 + 64 * 75_000 + output * 600_000);
    }
}

#[tokio::test]
async fn stream_that_breaks_off_before_its_usage_is_estimated() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &KEYS).await, harness.key().create().await);
    let base_url = format!("http://{}/at/groq/v1", harness.mock.address());
    add(&harness, "groq", &base_url, &[("price_provider", "groq")]).await;
    let mut cut = chat(&[("max_tokens", json!(50))]);
    cut["metadata"]["mock_fault"] = json!("truncated");
    post(&router, "/groq/v1/chat/completions", &key, cut).await;
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["output_tokens"]), (&json!("estimated"), &json!(50)), "{row}");
}
