//! `group_by=none`: all calls as one group.

use domain::keys::Scope;
use http::StatusCode;
use serde_json::json;
use testkit::{Harness, get};

use crate::router;
use crate::totals::{SMALL, ledger, lines};

const PATH: &str = "/api/usage/summary";

#[tokio::test]
async fn all_calls_are_one_group_also_if_there_are_none() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let key = harness.key().scopes(&[Scope::Admin]).create().await;
    let bound = harness.key().scopes(&[Scope::UsageRead]).label("a").create().await;
    ledger(&harness, SMALL).await;
    let fields =
        ["calls", "total_input_tokens", "cost_usd", "unpriced_calls", "latency_p95_ms", "last_call_at"];
    let mut answers = Vec::new();
    for (key, query) in [(&key, ""), (&bound, ""), (&key, "&to=2020-01-01T00:00:00Z"), (&key, "&model=none")]
    {
        let rows = get(&router, &format!("{PATH}?group_by=none{query}"), key).await.json();
        answers.push(format!("{query}: {}", lines(&rows, &fields)));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    : 5 150 "0.0000000003" 2 1.0 "2026-11-05T00:00:00.000000Z"
    : 3 60 "0.0000000002" 1 1.0 "2026-11-04T00:00:00.000000Z"
    &to=2020-01-01T00:00:00Z: 0 0 null 0 null null
    &model=none: 0 0 null 0 null null
    "#);
    let path = "/api/usage/timeseries?group_by=none&from=2020-01-01T00:00:00Z&to=2020-01-03T00:00:00Z";
    let series = get(&router, path, &key).await.json()["series"].clone();
    let points = series[0]["points"].as_array().unwrap();
    assert_eq!((&series[0]["group"], points.len(), &points[1]["calls"]), (&json!({}), 2, &json!(0)));
    let both = get(&router, &format!("{PATH}?group_by=none,model"), &key).await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
}
