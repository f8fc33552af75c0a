//! What happens to an environment beside its calls: it is frozen, ended, or cannot start.

use std::process::Stdio;
use std::time::Duration;

use lambda_host::{Function, HostError};
use tempfile::NamedTempFile;
use testkit::Harness;
use tokio::net::TcpListener;

use crate::world::{event, invoke, start, start_logging};

const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:openai";

/// Ends the sessions of the function, as the server does with idle ones and the network with forgotten ones.
async fn end_sessions(harness: &Harness) {
    let end = format!(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}' and pid <> pg_backend_pid()",
        harness.db.name()
    );
    harness.db.execute(&end).await;
    let left = format!(
        "select from pg_stat_activity where datname = '{}' and application_name = 'tokenmeter'",
        harness.db.name()
    );
    harness.eventually("the sessions end", async || harness.db.rows(&left).await.is_empty()).await;
}

#[tokio::test]
async fn thawed_function_replaces_the_sessions_that_ended_meanwhile() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start(&harness, "chat").await;
    for frozen_before in [false, true, true] {
        if frozen_before {
            chat.freeze().await.expect("stopped");
            end_sessions(&harness).await;
            chat.thaw().expect("continued");
        }
        let response = invoke(&mut chat, event("chat/plain.json", &key)).await;
        assert_eq!(response.status, 200, "{}", response.text());
    }
    let rows = harness.ledger().await;
    assert!(rows.len() == 3 && rows.iter().all(|row| row["status"] == "settled"), "{rows:#?}");
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn idle_function_ends_on_sigterm() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let mut chat = start(&harness, "chat").await;
    assert_eq!(invoke(&mut chat, event("chat/plain.json", &key)).await.status, 200);
    chat.terminate().expect("signalled");
    // Nothing is left to do: what a call must do, it does before its last byte.
    chat.exit().await.expect("the function exits");
    assert_eq!((harness.open_calls().await, harness.ledger().await.len()), (0, 1));
}

/// Starts `chat`, which must exit with a failure before Lambda gives up on it. Returns its log.
async fn log_of_failed_start(harness: &Harness, environment: &[(&str, &str)]) -> String {
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let environment = [environment, &[("RUST_LOG", "info")]].concat();
    let mut chat = start_logging(harness, "chat", &environment, output).await;
    match chat.ready().await {
        Err(HostError::Exited(status)) => assert!(!status.success()),
        other => panic!("did not exit: {other:?}"),
    }
    let text = std::fs::read_to_string(log.path()).expect("the log");
    assert!(text.contains("\"level\":\"ERROR\""), "{text}");
    text
}

fn with_secret(url: &str) -> [(&str, &str); 5] {
    [
        ("OPENAI_API_KEY", ""),
        ("OPENAI_SECRET_ARN", ARN),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret-of-the-platform"),
    ]
}

#[tokio::test]
async fn missing_setting_is_logged_by_name() {
    let harness = Harness::start().await;
    let log = log_of_failed_start(&harness, &[("KEY_PEPPER", "")]).await;
    assert!(log.contains("KEY_PEPPER is not set"), "{log}");
}

#[tokio::test]
async fn secret_that_cannot_be_read_is_logged_with_what_the_service_says() {
    let harness = Harness::start().await;
    for (code, message) in [
        ("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
        ("AccessDeniedException", "User is not authorized to perform: secretsmanager:GetSecretValue"),
    ] {
        let answer = axum::Json(serde_json::json!({"__type": code, "message": message}));
        let router =
            axum::Router::new().fallback(async move || (http::StatusCode::BAD_REQUEST, answer.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut server = tokio::task::JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("a server") });
        let log = log_of_failed_start(&harness, &with_secret(&url)).await;
        assert!(log.contains(&format!("cannot read secret {ARN}: {code}: {message}")), "{log}");
    }
}

#[tokio::test]
async fn unreachable_secrets_end_the_start_before_lambda_does() {
    let harness = Harness::start().await;
    // Accepts connections and never answers, like an endpoint behind a firewall that drops packets.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let log = log_of_failed_start(&harness, &with_secret(&url)).await;
    assert!(log.contains(&format!("cannot read secret {ARN}: ")) && log.contains("timeout"), "{log}");
}

#[tokio::test]
async fn function_starts_without_a_database_and_refuses_calls_until_it_is_there() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    // No one listens on it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = port.local_addr().expect("an address");
    drop(port);
    let url = format!("postgres://tokenmeter@{address}/tokenmeter");
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let mut chat: Function =
        start_logging(&harness, "chat", &[("DATABASE_URL", &url), ("RUST_LOG", "info")], output).await;
    let started = chat.ready().await.expect("ready without a database");
    assert!(started < Duration::from_secs(10), "{started:?}");
    let refused = invoke(&mut chat, event("chat/plain.json", &key)).await;
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("database_unavailable"), "{}", refused.text());
    let text = std::fs::read_to_string(log.path()).expect("the log");
    assert!(text.contains("The database is not reachable at start"), "{text}");
    assert!(harness.ledger().await.is_empty(), "nothing was sent to the provider");
}
