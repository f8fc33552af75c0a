//! Streams of binary messages: passed as they came, settled before their last message, and ended by an exception where the
//! provider's broke off.

use super::*;

const STREAM: &str = "/bedrock/model/eu.amazon.nova-pro-v1%3A0/converse-stream";
const CHUNKS: &str =
    "/bedrock/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream";

fn steered(body: Value, member: &str, parameters: &[(&str, &str)]) -> Value {
    let mut body = body;
    for (name, value) in parameters {
        body[member][format!("mock_{name}")] = json!(value);
    }
    body
}

/// How often a text occurs in the bytes of a stream.
fn count(reply: &Reply, text: &str) -> usize {
    reply.body.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
}

#[tokio::test]
async fn streams_are_metered_by_their_last_message() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let parameters = [
        ("prompt_tokens", "25"),
        ("completion_tokens", "9"),
        ("cached_tokens", "10"),
        ("cache_write_long_tokens", "4"),
    ];
    for (path, body, fault) in [
        (STREAM, steered(hello(), "requestMetadata", &parameters), None),
        (STREAM, steered(hello(), "requestMetadata", &parameters), Some("tiny-chunks")),
        (STREAM, steered(hello(), "requestMetadata", &parameters), Some("held-open")),
        (CHUNKS, steered(claude(), "metadata", &parameters), None),
        (CHUNKS, steered(claude(), "metadata", &parameters), Some("tiny-chunks")),
    ] {
        let member = if path == STREAM { "requestMetadata" } else { "metadata" };
        let body = fault.map_or(body.clone(), |fault| steered(body, member, &[("fault", fault)]));
        let reply = post(&router, path, &key, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(reply.header("content-type"), Some("application/vnd.amazon.eventstream"));
        let row = harness.ledger().await.pop().unwrap();
        let bucket = |name: &str| row[name].as_i64().unwrap();
        assert_eq!(
            (
                &row["status"],
                bucket("input_tokens"),
                bucket("cached_tokens"),
                bucket("cache_write_long_tokens"),
                bucket("output_tokens")
            ),
            (&json!("settled"), 25, 10, 4, 9),
            "{path} {fault:?}"
        );
        assert_eq!(row["stream"], true);
        assert_eq!(count(&reply, "exception"), 0);
    }
}

#[tokio::test]
async fn broken_streams_end_with_an_exception() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (fault, exceptions, code) in [
        ("truncated", 1, "stream_truncated"),
        ("truncated-mid-event", 1, "stream_truncated"),
        ("reset-mid-body", 1, "stream_truncated"),
        // The provider's own.
        ("error-in-stream", 1, "modelStreamErrorException"),
    ] {
        for (path, body, member) in [(STREAM, hello(), "requestMetadata"), (CHUNKS, claude(), "metadata")] {
            let reply = post(&router, path, &key, steered(body, member, &[("fault", fault)])).await;
            assert_eq!(reply.status, StatusCode::OK, "{fault}");
            assert_eq!(count(&reply, "modelStreamErrorException"), exceptions, "{fault} {path}");
            let row = harness.ledger().await.pop().unwrap();
            assert_eq!(
                [&row["status"], &row["error_code"]],
                [&json!("estimated"), &json!(code)],
                "{fault} {path}"
            );
        }
    }
    assert_eq!(harness.open_calls().await, 0);
}
