//! Disconnecting does not stop the metering.

use std::net::SocketAddr;

use admin::AdminState;
use axum::Router;
use chat::ChatState;
use local::host;
use serde_json::json;
use summary::SummaryState;
use testkit::Harness;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) async fn router(harness: &Harness) -> Router {
    let chat = chat::Config::from_env(&harness.environment("chat", &[])).unwrap();
    let summary = summary::Config::from_env(&harness.environment("summary", &[])).unwrap();
    let admin = admin::Config::from_env(&harness.environment("admin", &[])).unwrap();
    local::router(
        ChatState::new(chat).await.unwrap(),
        SummaryState::new(summary).await.unwrap(),
        AdminState::new(admin).await.unwrap(),
    )
}

pub(crate) async fn serve(harness: &Harness) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the server of this test")]
    tokio::spawn(host::serve(listener, router(harness).await));
    address
}

/// Sends a call, and disconnects once the provider has received it and `bytes` bytes of the response have arrived.
async fn hang_up_after(bytes: usize, harness: &Harness, address: SocketAddr, key: &str, stream: bool) {
    let sent_before = harness.mock.requests().len();
    let delay = if stream { "mock_chunk_delay_ms" } else { "mock_latency_ms" };
    let body = json!({
        "model": "gpt-4o-mini", "stream": stream, "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {delay: "40"}
    })
    .to_string();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all((head + &body).as_bytes()).await.unwrap();
    harness
        .eventually("the provider receives the call", async || harness.mock.requests().len() > sent_before)
        .await;
    let mut read = vec![0; bytes];
    socket.read_exact(&mut read).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnected_callers_are_metered_exactly() {
    let harness = Harness::start().await;
    let address = serve(&harness).await;
    let key = harness.key().create().await;
    hang_up_after(900, &harness, address, &key, true).await;
    hang_up_after(0, &harness, address, &key, true).await;
    // A plain call, disconnected before its response.
    hang_up_after(0, &harness, address, &key, false).await;
    let settled = async || {
        harness.ledger().await.len() + harness.open_calls().await == 3 && harness.open_calls().await == 0
    };
    harness.eventually("all three calls are settled", settled).await;
    let rows = harness.ledger().await;
    let served = harness.mock.counters().total.tokens;
    assert!(rows.iter().all(|row| row["status"] == "settled"), "{rows:#?}");
    let sum = |column: &str| rows.iter().map(|row| row[column].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("input_tokens"), sum("output_tokens")), (served.input_tokens, served.output_tokens));
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_wrong_methods_have_the_error_format_of_their_api() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let mut answers = Vec::new();
    for path in [
        "/",
        "/api/nothing",
        "/v1/nothing",
        "/v1/chat/completions",
        "/api/llm/chat",
        "/api/keys/key_1/rotate",
    ] {
        let reply = testkit::get(&router, path, "").await;
        let kind = reply.header("content-type").unwrap_or_default();
        let allow = reply.header("allow").unwrap_or_default();
        answers.push(format!("{path}: {} {kind} {allow}", reply.status.as_u16()));
        assert!(reply.header("x-request-id").is_some());
    }
    insta::assert_snapshot!(answers.join("\n"), @"
    /: 404 application/problem+json 
    /api/nothing: 404 application/problem+json 
    /v1/nothing: 404 application/json 
    /v1/chat/completions: 405 application/json POST
    /api/llm/chat: 405 application/problem+json POST
    /api/keys/key_1/rotate: 405 application/problem+json POST
    ");
}
