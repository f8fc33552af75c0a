//! Streams: as server-sent events and as one array, whole, cut, and left open.

use super::*;

/// The elements of a stream's body.
fn chunks(text: &str) -> Vec<Value> {
    if text.starts_with('[') {
        return serde_json::from_str(text).unwrap();
    }
    let events = text.split("\r\n\r\n").filter(|event| !event.trim().is_empty());
    events.map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn stream_passes_unchanged_and_is_metered_by_its_last_usage() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for path in [STREAM, ARRAY] {
        for fault in ["ok", "late-usage", "tiny-chunks"] {
            harness.mock.reset();
            let body = steered(&[("fault", fault), ("reasoning_tokens", "5")]);
            let reply = ask(&router, path, &key, &body).await;
            let chunks = chunks(&reply.text());
            assert!(chunks.len() > 3, "{path} {fault}: {}", reply.text());
            let usage = &chunks.last().unwrap()["usageMetadata"];
            let row = harness.ledger().await.pop().unwrap();
            assert_eq!(
                [&row["status"], &row["stream"]],
                [&json!("settled"), &json!(true)],
                "{path} {fault}: {row}"
            );
            assert_eq!(row["input_tokens"], usage["promptTokenCount"]);
            let output = usage["candidatesTokenCount"].as_i64().unwrap() + 5;
            assert_eq!((&row["output_tokens"], &row["reasoning_tokens"]), (&json!(output), &json!(5)));
            assert!(row["first_byte_us"].is_number(), "{row}");
            let served = harness.mock.counters().total.tokens;
            assert_eq!(
                (row["input_tokens"].as_u64(), row["output_tokens"].as_u64()),
                (Some(served.input_tokens), Some(served.output_tokens))
            );
        }
    }
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn cut_stream_ends_with_an_error_that_its_clients_can_read() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for path in [STREAM, ARRAY] {
        for fault in ["truncated", "truncated-mid-event", "reset-mid-body"] {
            let reply = ask(&router, path, &key, &steered(&[("fault", fault)])).await;
            let chunks = chunks(&reply.text());
            let error = &chunks.last().unwrap()["error"];
            assert_eq!(
                [&error["code"], &error["status"]],
                [&json!(502), &json!("UNAVAILABLE")],
                "{path} {fault}"
            );
            let row = harness.ledger().await.pop().unwrap();
            assert_eq!(
                [&row["status"], &row["error_code"]],
                [&json!("estimated"), &json!("stream_truncated")],
                "{path} {fault}: {row}"
            );
            // The model may think without showing it.
            assert_eq!(row["output_tokens"], 65_536);
        }
    }
}

#[tokio::test]
async fn error_within_a_stream_passes_with_and_without_the_name_of_its_field() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for fault in ["error-in-stream", "bare-error"] {
        let reply = ask(&router, STREAM, &key, &steered(&[("fault", fault)])).await;
        assert!(reply.text().contains("The model is overloaded"), "{}", reply.text());
        assert!(!reply.text().contains("broke off"), "{}", reply.text());
        let row = harness.ledger().await.pop().unwrap();
        assert_eq!(
            [&row["status"], &row["error_code"]],
            [&json!("estimated"), &json!("UNAVAILABLE")],
            "{fault}"
        );
    }
}

/// Nothing but its end says that a stream has ended, and some connections stay open.
#[tokio::test]
async fn stream_that_stays_open_after_its_end_is_delivered_and_settled() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for path in [STREAM, ARRAY] {
        let reply = ask(&router, path, &key, &steered(&[("fault", "held-open")])).await;
        let chunks = chunks(&reply.text());
        assert_eq!(chunks.last().unwrap()["candidates"][0]["finishReason"], "STOP", "{}", reply.text());
        assert_eq!(harness.ledger().await.pop().unwrap()["status"], "settled");
    }
}

#[tokio::test]
async fn blocked_prompt_is_booked_with_what_was_read() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for path in [PLAIN, STREAM, ARRAY] {
        let body = steered(&[("fault", "blocked"), ("prompt_tokens", "25")]);
        let reply = ask(&router, path, &key, &body).await;
        assert!(reply.text().contains("blockReason"), "{}", reply.text());
        let row = harness.ledger().await.pop().unwrap();
        assert_eq!(
            [&row["status"], &row["input_tokens"], &row["output_tokens"]],
            [&json!("settled"), &json!(25), &json!(0)],
            "{path}: {row}"
        );
    }
}
