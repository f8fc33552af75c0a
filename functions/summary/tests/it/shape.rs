//! How much of an answer is wanted: one row, some measures, compressed.

use domain::keys::Scope;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, get, request, send};

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

#[tokio::test]
async fn named_measures_are_those_of_the_whole_answer() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(&harness, SMALL).await;
    let ask = async |query: &str| get(&router, &format!("/api/usage/{query}"), &key).await.json();
    let all = ask("summary?group_by=model").await;
    let some = ask("summary?group_by=model&measures=cost_usd,calls").await;
    insta::assert_snapshot!(some[0], @r#"{"model":"gpt-4o","cost_usd":"0.0000000003","calls":3,"last_call_at":"2026-11-03T00:00:00.000000Z"}"#);
    assert_eq!((&some[0]["calls"], &some[0]["cost_usd"]), (&all[0]["calls"], &all[0]["cost_usd"]));
    let names = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let measures: Vec<String> =
        names(&all[0]).into_iter().filter(|name| name != "model" && name != "last_call_at").collect();
    assert_eq!(ask(&format!("summary?group_by=model&measures={}", measures.join(","))).await, all);
    let path = "timeseries?group_by=none&interval=month&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
    let series = ask(&format!("{path}&measures=latency_p50_ms")).await["series"][0]["points"][0].clone();
    insta::assert_snapshot!(series, @r#"{"start":"2026-11-01T00:00:00.000000Z","latency_p50_ms":1.0}"#);
    for bad in ["", "cost", "calls,calls", "calls,", "last_call_at"] {
        let reply = get(&router, &format!("/api/usage/summary?measures={bad}"), &key).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert_eq!(reply.json()["errors"][0]["field"], "measures");
    }
}

#[tokio::test]
async fn json_is_compressed_for_those_who_accept_it_and_exports_stream() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(&harness, SMALL).await;
    let path = "/api/usage/timeseries?from=2026-11-01T00:00:00Z&to=2026-11-30T00:00:00Z";
    for (path, encoding) in [
        (path, Some("gzip")),
        ("/openapi.json", Some("gzip")),
        ("/api/usage/summary?group_by=none", None),
        ("/api/usage/export?format=ndjson", None),
        ("/api/usage/summary?group_by=no", None),
    ] {
        let plain = get(&router, path, &key).await;
        let mut asked = request(Method::GET, path, &key, "");
        asked.headers_mut().insert("accept-encoding", HeaderValue::from_static("gzip, deflate, br, zstd"));
        let reply = send(&router, asked).await;
        assert_eq!((reply.status, reply.header("content-encoding")), (plain.status, encoding), "{path}");
        assert_eq!(plain.header("content-encoding"), None);
        let is_smaller = reply.body.len() < plain.body.len();
        assert_eq!(is_smaller, encoding.is_some(), "{path}: {} of {}", reply.body.len(), plain.body.len());
    }
}

const LATE: &str = "('a', 'gpt-5', '2026-11-02T12:00:00Z', 1, 1, 1::bigint, 'settled', null)";

async fn with_tag(router: &axum::Router, path: &str, key: &str, tags: &str) -> Reply {
    let mut asked = request(Method::GET, path, key, "");
    asked.headers_mut().insert("if-none-match", HeaderValue::from_str(tags).unwrap());
    send(router, asked).await
}

#[tokio::test]
async fn reports_are_sent_again_only_when_they_changed() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    let other = harness.key().scopes(&[Scope::Admin]).create().await;
    ledger(&harness, SMALL).await;
    let range = "from=2026-11-01T00:00:00Z&to=2027-01-01T00:00:00Z";
    for path in
        [format!("{PATH}?group_by=none&{range}"), format!("/api/usage/timeseries?group_by=none&{range}")]
    {
        let first = get(&router, &path, &key).await;
        let tag = first.header("etag").unwrap().to_owned();
        assert!(tag.starts_with("W/\""));
        for tags in [tag.clone(), format!("\"a\", {tag}"), tag.replace("W/", ""), "*".to_owned()] {
            let reply = with_tag(&router, &path, &key, &tags).await;
            assert_eq!((reply.status, reply.body.len()), (StatusCode::NOT_MODIFIED, 0), "{tags}");
            assert_eq!(
                (reply.header("etag"), reply.header("cache-control")),
                (Some(&*tag), Some("no-store"))
            );
        }
        // Of another caller, of another report, or no tag at all.
        assert_eq!(with_tag(&router, &path, &other, &tag).await.status, StatusCode::OK);
        assert_eq!(with_tag(&router, &format!("{path}&model=o3"), &key, &tag).await.status, StatusCode::OK);
        assert_eq!(with_tag(&router, &path, &key, "\"\"").await.status, StatusCode::OK);
        assert_eq!(with_tag(&router, &path, &key, &tag).await.status, StatusCode::NOT_MODIFIED);
        // A call that becomes visible late, with an earlier time than the newest one's.
        ledger(&harness, LATE).await;
        let changed = with_tag(&router, &path, &key, &tag).await;
        assert_eq!(changed.status, StatusCode::OK);
        assert_ne!(changed.header("etag"), Some(&*tag));
    }
    let wrong = with_tag(&router, &format!("{PATH}?group_by=no"), &key, "*").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}
