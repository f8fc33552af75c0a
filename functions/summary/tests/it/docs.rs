//! The routes that need no key.

use http::StatusCode;
use testkit::{Harness, get};

use crate::router;

#[tokio::test]
async fn health_is_the_databases() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    assert_eq!(get(&router, "/healthz", "").await.json()["status"], "ok");
    let admin = harness.db.admin().await;
    let name = harness.db.name();
    admin.batch_execute(&format!("alter database {name} allow_connections false")).await.unwrap();
    let kill = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    admin.batch_execute(&kill).await.unwrap();
    let down = get(&router, "/healthz", "").await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!down.text().contains("postgres"), "no internals: {}", down.text());
    admin.batch_execute(&format!("alter database {name} allow_connections true")).await.unwrap();
    assert_eq!(get(&router, "/healthz", "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn document_and_its_reader_are_served() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let document = get(&router, "/openapi.json", "").await.json();
    assert!(document["paths"]["/api/usage/summary"]["get"].is_object());
    assert_eq!(get(&router, "/docs", "").await.status, StatusCode::PERMANENT_REDIRECT);
    let page = get(&router, "/docs/", "").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, Some("text/html")));
    assert!(get(&router, "/docs/swagger-initializer.js", "").await.text().contains("../openapi.json"));
    assert_eq!(get(&router, "/docs/nothing", "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_the_docs_run_only_their_own_scripts() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    for path in ["/docs/", "/docs/swagger-ui-bundle.js", "/docs/%ff"] {
        let reply = get(&router, path, "").await;
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(
            (reply.header("x-content-type-options"), reply.header("cache-control")),
            (Some("nosniff"), Some("no-store"))
        );
    }
    let malformed = get(&router, "/docs/%ff", "").await;
    assert_eq!(
        (malformed.status, malformed.header("content-type")),
        (StatusCode::NOT_FOUND, Some("application/problem+json"))
    );
    // Nothing inline, which the policy would stop.
    let page = get(&router, "/docs/", "").await.text();
    assert!(!page.contains("<script>") && !page.contains("onload="), "{page}");
}

#[tokio::test]
async fn malformed_id_of_a_call_is_not_found_once_the_key_is_accepted() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let key = harness.key().scopes(&[domain::keys::Scope::UsageRead]).create().await;
    for id in ["%ff", "%C0%AF", "%00", "call_%00", "call_", "x"] {
        let path = format!("/api/usage/calls/{id}");
        assert_eq!(get(&router, &path, "").await.status, StatusCode::UNAUTHORIZED, "{id}");
        let missing = get(&router, &path, &key).await;
        assert_eq!(
            (missing.status, missing.header("content-type")),
            (StatusCode::NOT_FOUND, Some("application/problem+json")),
            "{id}"
        );
    }
}
