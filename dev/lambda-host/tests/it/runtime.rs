//! The real binaries under the Runtime API.

use std::time::Duration;

use domain::keys::Scope;
use lambda_host::{Chunk, HostError};
use serde_json::{Value, json};
use testkit::Harness;

use crate::world::{TIMEOUT, event, invoke, start, start_with, stream_event};

#[tokio::test]
async fn binaries_respond_to_events_like_the_routers() {
    let harness = Harness::start().await;
    let key = harness.key().scopes(&[Scope::Chat, Scope::UsageRead]).create().await;
    let (mut chat, mut summary) = tokio::join!(start(&harness, "chat"), start(&harness, "summary"));
    for (file, status) in
        [("plain", 200), ("base64-body", 200), ("other-stage", 200), ("no-key", 401), ("invalid-json", 400)]
    {
        let event = event(&format!("chat/{file}.json"), &key);
        let response = invoke(&mut chat, event).await;
        assert_eq!(response.status, status, "{file}: {}", response.text());
        assert!(response.is_streamed, "its integration is streaming");
        assert!(response.header("x-request-id").is_some());
    }
    let event = event("summary/multi-value-query.json", &key);
    let response = invoke(&mut summary, event).await;
    assert!(response.is_streamed, "exports can exceed the buffered response limit");
    let rows: Value = serde_json::from_str(&response.text()).expect("JSON");
    assert_eq!((rows[0]["user_label"].as_str(), rows[0]["calls"].as_i64()), (Some("search-team"), Some(3)));
}

#[tokio::test]
async fn stage_is_part_of_the_path_unless_it_is_ignored() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start_with(&harness, "chat", &[("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "")]).await;
    let event = event("chat/plain.json", &key);
    let response = invoke(&mut chat, event).await;
    assert_eq!(response.status, 404);
}

#[tokio::test]
async fn stream_arrives_in_chunks_and_is_settled_before_the_last() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start(&harness, "chat").await;
    let event = stream_event(&key, "gpt-4o-mini?chunk_delay_ms=20");
    let mut invocation = chat.invoke(event, TIMEOUT).await.expect("ready");
    let mut chunks: Vec<Chunk> = Vec::new();
    // Locks the ledger during the call: the last chunk must wait for the settlement.
    let admin = harness.db.client().await;
    let mut is_locked = false;
    let is_withheld = loop {
        let next = tokio::time::timeout(Duration::from_millis(400), invocation.chunk()).await;
        let Ok(chunk) = next else { break true };
        let Some(chunk) = chunk.expect("a chunk") else { break false };
        chunks.push(chunk);
        if !is_locked && chunks.len() > 1 {
            admin
                .batch_execute("begin; lock table usage_logs in access exclusive mode")
                .await
                .expect("a lock");
            is_locked = true;
        }
    };
    assert!(is_withheld, "the last chunk was sent before the settlement: {chunks:?}");
    let text = |chunks: &[Chunk]| {
        let bytes: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect();
        String::from_utf8(bytes).expect("UTF-8")
    };
    let before = text(&chunks);
    assert!(!before.contains("[DONE]"));
    let (prelude, body) = before.split_once("\0\0\0\0\0\0\0\0").expect("prelude and body");
    let prelude: Value = serde_json::from_str(prelude).expect("JSON");
    assert_eq!(prelude["statusCode"], 200);
    assert_eq!(prelude["headers"]["content-type"], "text/event-stream; charset=utf-8");
    assert!(body.starts_with("data: {"));
    let spread = chunks[chunks.len() - 1].after.saturating_sub(chunks[0].after);
    assert!(chunks.len() > 5 && spread > Duration::from_millis(80), "not in chunks: {chunks:?}");

    admin.batch_execute("commit").await.expect("the lock is released");
    chunks.clear();
    while let Some(chunk) = invocation.chunk().await.expect("a chunk") {
        chunks.push(chunk);
    }
    assert!(text(&chunks).ends_with("data: [DONE]\n\n"));
    let row = harness.only_row().await;
    assert_eq!((row["status"].as_str(), row["stream"].as_bool()), (Some("settled"), Some(true)));
}

#[tokio::test]
async fn deadline_during_a_stream_ends_it_with_an_error_event_and_one_row() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start(&harness, "chat").await;
    // Five seconds are reserved for the settlement and the end of the response.
    let timeout = Duration::from_secs(6);
    let event = stream_event(&key, "gpt-4o-mini?chunk_delay_ms=400");
    let response = chat.invoke(event, timeout).await.expect("ready").response().await.expect("a response");
    assert_eq!(response.status, 200);
    let last = response.text().trim_end().rsplit("data: ").next().map(str::to_owned).expect("an event");
    let last: Value = serde_json::from_str(&last).expect("JSON");
    assert_eq!(last["error"]["code"], "upstream_timeout");
    assert!(response.ended_after < timeout, "ended by the function, not by the host");
    let row = harness.only_row().await;
    assert_eq!(
        (row["status"].as_str(), row["error_code"].as_str()),
        (Some("estimated"), Some("upstream_timeout"))
    );
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn runtime_api_closed_during_a_stream_leaves_the_call_to_the_sweeper() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start(&harness, "chat").await;
    let event = stream_event(&key, "gpt-4o-mini?chunk_delay_ms=100");
    let mut invocation = chat.invoke(event, TIMEOUT).await.expect("ready");
    invocation.chunk().await.expect("a chunk").expect("not the end");
    drop(invocation);
    // Without its host, the function must exit, so that a new environment can take over.
    chat.exit().await.expect("the function exits");
    assert_eq!((harness.open_calls().await, harness.ledger().await.len()), (1, 0));

    let mut maintain = start(&harness, "maintain").await;
    let tick = crate::world::event("maintain/tick.json", "");
    let swept = invoke(&mut maintain, tick.clone()).await;
    assert!(swept.text().contains("\"abandoned_calls\":0"), "swept before its deadline: {}", swept.text());
    harness.db.execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'").await;
    let swept = invoke(&mut maintain, tick).await;
    assert!(swept.text().contains("\"abandoned_calls\":1"), "{}", swept.text());
    assert_eq!(harness.only_row().await["status"], "abandoned");
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn function_killed_during_a_stream_leaves_the_call_to_the_sweeper() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start(&harness, "chat").await;
    let event = stream_event(&key, "gpt-4o-mini?latency_ms=60000");
    let killed = chat.invoke(event, Duration::from_secs(20)).await.expect("ready");
    harness.eventually("the call is admitted", async || harness.open_calls().await == 1).await;
    drop(killed);
    chat.kill().await.expect("killed");
    assert_eq!((harness.open_calls().await, harness.ledger().await.len()), (1, 0));
}

#[tokio::test]
async fn invocations_share_one_database_connection() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start_with(&harness, "chat", &[]).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let event = event("chat/plain.json", &key);
        let response = invoke(&mut chat, event).await;
        assert_eq!(response.status, 200);
        let sessions = format!(
            "select pid, backend_start from pg_stat_activity \
             where datname = '{}' and application_name = 'tokenmeter' and state = 'idle'",
            harness.db.name()
        );
        seen.push(json!(harness.db.rows(&sessions).await));
    }
    assert_eq!(seen[0].as_array().map(Vec::len), Some(1), "{seen:?}");
    assert!(seen.iter().all(|sessions| *sessions == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn malformed_event_is_refused_and_the_function_continues() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start(&harness, "chat").await;
    for wrong in [json!({"Records": []}).to_string(), "{}".to_owned(), "no JSON".to_owned()] {
        let refused = chat.invoke(wrong.clone(), TIMEOUT).await.expect("ready").response().await;
        let Err(HostError::Failed(failure)) = refused else { panic!("{wrong}: {refused:?}") };
        assert!(!failure.error_message.is_empty());
    }
    let event = event("chat/plain.json", &key);
    let response = invoke(&mut chat, event).await;
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn only_an_empty_payload_is_the_default_action() {
    let harness = Harness::start().await;
    let mut maintain = start_with(&harness, "maintain", &[("DEFAULT_ACTION", "migrate")]).await;
    for payload in ["", "null", "{}"] {
        let response = maintain.invoke(payload, TIMEOUT).await.expect("ready").response().await;
        let response = response.unwrap_or_else(|error| panic!("{payload:?}: {error}"));
        assert!(response.text().contains("\"applied\":[]"), "{}", response.text());
        assert!(response.text().contains("\"sealed_chunks\":0"), "no tick: {}", response.text());
    }
    for payload in ["no JSON", "[]", "\"tick\"", r#"{"action": "tikc"}"#] {
        let refused = maintain.invoke(payload, TIMEOUT).await.expect("ready").response().await;
        let Err(HostError::Failed(failure)) = refused else { panic!("{payload}: {refused:?}") };
        assert!(failure.error_message.contains("action"), "{payload}: {}", failure.error_message);
    }
}
