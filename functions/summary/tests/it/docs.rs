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
