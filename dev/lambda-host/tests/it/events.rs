//! Replays every sample event through its function's router.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use domain::keys::Scope;
use http::{Request, Uri};
use lambda_http::RequestExt;
use testkit::{Harness, send};

use crate::world::{event, expected, repository};

/// Removes the stage, like `AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH`, which a test cannot set for its own process.
fn without_stage(request: lambda_http::Request) -> Request<Body> {
    let path = request.raw_http_path().to_owned();
    let (mut parts, body) = request.into_parts();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    parts.uri = format!("{path}{query}").parse::<Uri>().expect("a path and a query");
    Request::from_parts(parts, Body::new(body))
}

async fn replay(function: &str, router: &Router, key: &str) {
    let expected = expected(function);
    assert!(!expected.is_empty());
    for (file, status) in &expected {
        let event = event(&format!("{function}/{file}"), key);
        let request =
            lambda_http::request::from_str(&event).unwrap_or_else(|error| panic!("{file}: {error}"));
        let reply = send(router, without_stage(request)).await;
        assert_eq!(reply.status.as_u16(), *status, "{file}: {}", reply.text());
    }
    let files = std::fs::read_dir(repository().join("events").join(function)).expect("a folder");
    let files: BTreeSet<_> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("UTF-8")).collect();
    let listed: BTreeSet<_> = expected.into_keys().chain(["expected.json".to_owned()]).collect();
    assert_eq!(files, listed, "every event file has an expected status");
}

#[tokio::test]
async fn every_chat_event_has_its_expected_status() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let config = chat::Config::from_env(&harness.environment("chat", &[])).expect("a configuration");
    let router = chat::router(chat::ChatState::new(config).await.expect("a state"));
    replay("chat", &router, &key).await;
    let calls = harness.ledger().await;
    let answered =
        expected("chat").into_iter().filter(|(file, status)| *status == 200 && file != "models.json");
    assert_eq!(calls.len(), answered.count(), "the ledger contains exactly the answered calls");
}

#[tokio::test]
async fn every_summary_event_has_its_expected_status() {
    let harness = Harness::start().await;
    let key = harness.key().scopes(&[Scope::UsageRead]).create().await;
    let config = summary::Config::from_env(&harness.environment("summary", &[])).expect("a configuration");
    let router = summary::router(summary::SummaryState::new(config).await.expect("a state"));
    replay("summary", &router, &key).await;
}

/// The keys and limits that the admin events refer to.
const KEYS_AND_LIMITS: &str = "
    insert into api_keys (id, name, scopes) values
        ('0198c0de-0000-7000-8000-0000000000a1', 'search', array['chat']),
        ('0198c0de-0000-7000-8000-0000000000a2', 'left behind', array['chat']);
    insert into limits (id, subject_kind, metric, period, amount, mode) values
        ('0198c0de-0000-7000-8000-0000000000b1', 'global', 'usd', 'day', 5000000000000, 'hard'),
        ('0198c0de-0000-7000-8000-0000000000b2', 'global', 'requests', 'minute', 600, 'hard')";

#[tokio::test]
async fn every_admin_event_has_its_expected_status() {
    let harness = Harness::start().await;
    let key = harness.key().scopes(&[Scope::Admin]).create().await;
    harness.db.execute(KEYS_AND_LIMITS).await;
    let config = admin::Config::from_env(&harness.environment("admin", &[])).expect("a configuration");
    let router = admin::router(admin::AdminState::new(config).await.expect("a state"));
    replay("admin", &router, &key).await;
}

#[tokio::test]
async fn every_maintain_event_is_handled() {
    let harness = Harness::start().await;
    let config = [("DATABASE_URL".to_owned(), harness.db.url())].into_iter().collect();
    let maintain = maintain::Maintain::new(maintain::Config::from_env(&config).expect("a configuration"));
    let maintain = maintain.expect("a function");
    for (file, expected) in [
        ("deploy.json", None),
        ("migrate.json", Some(maintain::Event::Migrate)),
        ("tick.json", Some(maintain::Event::Tick)),
        ("check.json", Some(maintain::Event::Check)),
        ("reconcile.json", Some(maintain::Event::Reconcile)),
        (
            "rebuild.json",
            Some(maintain::Event::Rebuild {
                from: "2026-11-01T00:00:00Z".parse().ok(),
                to: "2026-12-01T00:00:00Z".parse().ok(),
            }),
        ),
    ] {
        let event = maintain::Event::parse(event(&format!("maintain/{file}"), "").as_bytes());
        assert_eq!(event, Ok(expected), "{file}");
        let report =
            maintain.handle(expected.unwrap_or(maintain::Event::All)).await.expect("maintenance succeeds");
        assert!(report.applied.is_empty(), "the test's schema is up to date");
    }
}
