//! `GET /api/usage/summary`: sums, groups, filters, and who may read what.

mod measures;

use domain::keys::Scope;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::router;

const PATH: &str = "/api/usage/summary";

/// Rows of the ledger: label, model, day, tokens in and out, pico-USD, status, tags.
pub(crate) async fn ledger(harness: &Harness, rows: &str) {
    let insert = format!(
        "insert into usage_logs (id, started_at, created_at, user_label, model, input_tokens, uncached_tokens,
            cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
            cost_pico_usd, status, tags, endpoint, stream, attempts, latency_us)
        select gen_random_uuid(), at::timestamptz, at::timestamptz, label, model, input, input, 0, 0, 0, output, 0, 0,
            cost, status, tags::jsonb, 'chat.completions', false, 1, 1000
        from (values {rows}) as row (label, model, at, input, output, cost, status, tags)"
    );
    harness.db.execute(&insert).await;
}

pub(crate) const SMALL: &str = r#"
    ('b', 'gpt-4o', '2026-11-01T00:00:00Z', 10, 1, 100::bigint, 'settled', '{"team": "x"}'),
    ('a', 'gpt-4o', '2026-11-02T00:00:00Z', 20, 2, 200, 'settled', '{"team": "y"}'),
    ('a', 'gpt-4o', '2026-11-03T00:00:00Z', 40, 4, null, 'estimated', null),
    ('a', 'gpt-5', '2026-11-04T00:00:00Z', 0, 0, 0, 'failed', null),
    ('B', 'gpt-5', '2026-11-05T00:00:00Z', 80, 8, null, 'settled', null)"#;

pub(crate) fn lines(rows: &Value, fields: &[&str]) -> String {
    let line = |row: &Value| fields.iter().map(|field| row[*field].to_string()).collect::<Vec<_>>().join(" ");
    rows.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn empty_ledger_is_an_empty_array() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    assert_eq!(get(&router, PATH, &key).await.json(), json!([]));
}

#[tokio::test]
async fn providers_are_groups_and_filters() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(&harness, SMALL).await;
    harness.db.execute("update usage_logs set provider = 'anthropic' where model = 'gpt-5'").await;
    let sums = async |query: &str| {
        let rows = get(&router, &format!("{PATH}?{query}"), &key).await.json();
        lines(&rows, &["provider", "model", "calls", "total_input_tokens"])
    };
    insta::assert_snapshot!(sums("group_by=provider").await, @r#"
    "anthropic" null 2 80
    "openai" null 3 70
    "#);
    insta::assert_snapshot!(sums("group_by=model,provider&provider=anthropic").await, @r#""anthropic" "gpt-5" 2 80"#);
    // Single calls say the same as their sums.
    let calls =
        sums("group_by=provider&status=settled&status=estimated&status=failed&status=abandoned").await;
    assert_eq!(calls, sums("group_by=provider").await);
}

#[tokio::test]
async fn groups_are_ordered_and_unknown_cost_is_not_zero() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(&harness, SMALL).await;
    let rows = get(&router, PATH, &key).await.json();
    let fields = [
        "model",
        "user_label",
        "calls",
        "total_input_tokens",
        "total_output_tokens",
        "cost_usd",
        "failed_calls",
        "estimated_calls",
        "unpriced_calls",
    ];
    insta::assert_snapshot!(lines(&rows, &fields), @r#"
    "gpt-4o" "a" 2 60 6 "0.0000000002" 0 1 1
    "gpt-4o" "b" 1 10 1 "0.0000000001" 0 0 0
    "gpt-5" "B" 1 80 8 null 0 0 1
    "gpt-5" "a" 1 0 0 "0" 1 0 0
    "#);
    insta::assert_json_snapshot!(rows[0], @r#"
    {
      "model": "gpt-4o",
      "user_label": "a",
      "total_input_tokens": 60,
      "total_output_tokens": 6,
      "total_cached_tokens": 0,
      "total_reasoning_tokens": 0,
      "calls": 2,
      "failed_calls": 0,
      "estimated_calls": 1,
      "unpriced_calls": 1,
      "cost_usd": "0.0000000002",
      "latency_p50_ms": 1.0,
      "latency_p95_ms": 1.0,
      "last_call_at": "2026-11-03T00:00:00.000000Z"
    }
    "#);
}

#[tokio::test]
async fn adjoining_ranges_add_up_to_the_whole() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(&harness, SMALL).await;
    let total = async |query: &str| {
        let rows = get(&router, &format!("{PATH}?{query}"), &key).await.json();
        rows.as_array().unwrap().iter().map(|row| row["total_input_tokens"].as_i64().unwrap()).sum::<i64>()
    };
    let border = "2026-11-03T00:00:00Z";
    assert_eq!(total(&format!("to={border}")).await, 30);
    assert_eq!(total(&format!("from={border}")).await, 120);
    assert_eq!(total("").await, 150);
    assert_eq!(total(&format!("from={border}&to={border}")).await, 0);
    // Between two ticks of the ledger's clock: what is at the earlier one is before it, and nothing is left out or
    // doubled.
    for finer in ["2026-11-03T00:00:00.000000001Z", "2026-11-03T00:00:00.0000000000001Z"] {
        assert_eq!(
            (total(&format!("to={finer}")).await, total(&format!("from={finer}")).await),
            (70, 80),
            "{finer}"
        );
    }
    // The same instant in another zone.
    assert_eq!(total("to=2026-11-03T02:00:00%2B02:00").await, 30);
}

#[tokio::test]
async fn groups_and_filters_combine() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(&harness, SMALL).await;
    let mut answers = Vec::new();
    for query in [
        "group_by=model",
        "group_by=status,tag.team",
        "user_label=a&user_label=b&group_by=user_label",
        "model=gpt-5",
        "tag.team=x",
        "tag.team=x&tag.team=y&group_by=tag.team",
        "group_by=key",
    ] {
        let rows = get(&router, &format!("{PATH}?{query}"), &key).await.json();
        let names = ["model", "user_label", "key", "status", "tag.team"];
        for row in rows.as_array().unwrap() {
            let groups: Vec<String> =
                names.iter().filter_map(|name| Some(format!("{name}={}", row.get(*name)?))).collect();
            answers.push(format!("{query}: {} calls={}", groups.join(" "), row["calls"]));
        }
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    group_by=model: model="gpt-4o" calls=3
    group_by=model: model="gpt-5" calls=2
    group_by=status,tag.team: status="estimated" tag.team=null calls=1
    group_by=status,tag.team: status="failed" tag.team=null calls=1
    group_by=status,tag.team: status="settled" tag.team=null calls=1
    group_by=status,tag.team: status="settled" tag.team="x" calls=1
    group_by=status,tag.team: status="settled" tag.team="y" calls=1
    user_label=a&user_label=b&group_by=user_label: user_label="a" calls=3
    user_label=a&user_label=b&group_by=user_label: user_label="b" calls=1
    model=gpt-5: model="gpt-5" user_label="B" calls=1
    model=gpt-5: model="gpt-5" user_label="a" calls=1
    tag.team=x: model="gpt-4o" user_label="b" calls=1
    tag.team=x&tag.team=y&group_by=tag.team: tag.team="x" calls=1
    tag.team=x&tag.team=y&group_by=tag.team: tag.team="y" calls=1
    group_by=key: key=null calls=5
    "#);
}

#[tokio::test]
async fn invalid_parameters_are_all_named() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    let mut answers = Vec::new();
    for query in [
        "from=yesterday&to=2026-13-01",
        "from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
        "group_by=color",
        "group_by=model,model",
        "group_by=",
        "key_id=7",
        "colour=red",
        "from=2026-11-01T00:00:00Z&from=2026-11-01T00:00:00Z",
        "from=99999-01-01T00:00:00Z",
        "user_label=%00&tag.a%00=b&group_by=tag.%00",
    ] {
        let reply = get(&router, &format!("{PATH}?{query}"), &key).await;
        answers.push(format!(
            "{} {}",
            reply.status.as_u16(),
            lines(&reply.json()["errors"], &["field", "message"])
        ));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    422 "from" "must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)"
    "to" "must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)"
    422 "to" "must not be before 'from'"
    422 "group_by" "must be none, or a comma-separated list of model, provider, user_label, key, endpoint, status and tag.<name>; got 'color'"
    422 "group_by" "contains 'model' twice"
    422 "group_by" "must be none, or a comma-separated list of model, provider, user_label, key, endpoint, status and tag.<name>; got ''"
    422 "key_id" "must be a valid id: expected `key_` followed by a UUID"
    422 "colour" "is not a parameter of this endpoint"
    422 "from" "must be sent only once"
    422 "from" "must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B)"
    422 "user_label" "must not contain control characters"
    "tag.a\u0000" "must not contain control characters"
    "group_by" "must not contain control characters"
    "#);
}

#[tokio::test]
async fn key_reads_what_it_may_and_nothing_else() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    ledger(&harness, SMALL).await;
    let bound = harness.key().scopes(&[Scope::UsageRead]).label("b").create().await;
    assert_eq!(lines(&get(&router, PATH, &bound).await.json(), &["user_label"]), "\"b\"");
    assert_eq!(get(&router, &format!("{PATH}?user_label=a"), &bound).await.status, StatusCode::FORBIDDEN);
    let chat = harness.key().create().await;
    let refused = get(&router, PATH, &chat).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.json()["detail"].as_str().unwrap().contains("usage:read"));
    assert_eq!(get(&router, PATH, "").await.status, StatusCode::UNAUTHORIZED);
    let expired = harness.key().scopes(&[Scope::Admin]).expires_in("-1 hour").create().await;
    assert_eq!(get(&router, PATH, &expired).await.status, StatusCode::UNAUTHORIZED);
}
