//! The program of the container image: how it starts, answers its health check, and ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail the test")]

mod process;
mod proxy;

use process::Process;
use serde_json::json;
use testkit::Harness;

#[tokio::test]
async fn call_in_flight_is_settled_after_sigterm() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut server = Process::serve(&harness, &[]).await;
    assert!(server.command(&["health", "--port", &server.port.to_string()]).await.is_ok());
    let body = json!({
        "model": "gpt-4o-mini", "stream": true, "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"mock_chunk_delay_ms": "60"}
    });
    let mut call = server.post("/v1/chat/completions", &key, &body).await;
    call.until("chat.completion.chunk").await;
    server.terminate();
    // No call is accepted any more, and the one in flight goes on to its end.
    harness.eventually("the port is closed", async || !server.listens().await).await;
    let rest = call.rest().await;
    assert!(rest.contains("[DONE]"), "{rest}");
    assert!(server.ended().await.success());
    let row = harness.only_row().await;
    assert_eq!((row["status"].as_str(), harness.open_calls().await), (Some("settled"), 0));
    let error = server.command(&["health", "--port", &server.port.to_string()]).await.unwrap_err();
    assert!(error.contains("nothing listens"), "{error}");
}

#[tokio::test]
async fn published_secrets_and_missing_ones_stop_the_start() {
    let harness = Harness::start().await;
    for (changes, expected) in [
        (
            &[("KEY_PEPPER", "local-pepper-not-for-production")][..],
            "KEY_PEPPER has the value that is published",
        ),
        (&[("OPENAI_API_KEY", "sk-mock-local")], "OPENAI_API_KEY has the value that is published"),
        (&[("KEY_PEPPER", "")], "KEY_PEPPER"),
        (&[("OPENAI_API_KEY", "")], "OPENAI_API_KEY"),
        (&[("DATABASE_URL", "")], "DATABASE_"),
    ] {
        let error = process::run(&harness, changes, &["serve", "--port", "0"]).await.unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[tokio::test]
async fn first_admin_key_works_and_is_stored_as_a_hash() {
    let harness = Harness::start().await;
    let server = Process::serve(&harness, &[]).await;
    let key = server.command(&["create-admin-key", "--name", "first"]).await.unwrap();
    let answer = server.get("/api/keys", key.trim()).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"first\""), "{answer}");
    let keys = harness.db.rows("select name, scopes from api_keys").await;
    assert_eq!(keys, [json!({"name": "first", "scopes": ["admin"]})]);
    let error = server.command(&["create-admin-key", "--name", ""]).await.unwrap_err();
    assert!(error.contains("1 to 200 characters"), "{error}");
}

#[tokio::test]
async fn response_arrives_although_the_body_was_not_read() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let server = Process::serve(&harness, &[]).await;
    let large = vec![b' '; 20_000_000];
    for (path, key, status) in [
        ("/v1/chat/completions", key.as_str(), "413"),
        ("/v1/chat/completions", "tm_unknown", "401"),
        ("/api/keys", "tm_unknown", "401"),
        ("/nothing", "", "404"),
    ] {
        let answer = server.post_whole(path, key, &large).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
}
