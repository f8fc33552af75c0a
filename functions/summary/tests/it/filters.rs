//! Filters of single calls, and what to choose from in a filter.

use domain::keys::Scope;
use serde_json::Value;
use testkit::{Harness, get};

use crate::reading::seal;
use crate::router;

/// Calls numbered by their input tokens: label, model, status, HTTP status, error code, tier, tags.
async fn calls(harness: &Harness, at: &str, rows: &str) {
    let insert = format!(
        "insert into usage_logs (id, started_at, created_at, user_label, model, input_tokens, uncached_tokens,
            cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
            cost_pico_usd, status, http_status, error_code, service_tier, tags, endpoint, stream, attempts, key_id)
        select gen_random_uuid(), '{at}', '{at}', label, model, number, number, 0, 0, 0, 0,
            0, 0, 1000, status, http_status, error_code, tier, tags::jsonb, endpoint, false, 1,
            (select id from api_keys where user_label = label)
        from (values {rows}) as row (number, label, model, status, http_status, error_code, tier, endpoint, tags)"
    );
    harness.db.execute(&insert).await;
}

const LONG_AGO: &str = "2026-11-03T10:00:00Z";
const CALLS: &str = r#"
    (1, 'search', 'gpt-4o', 'settled', 200::smallint, null, 'default', 'responses', '{"env": "prod", "team": "x"}'),
    (2, 'search', 'gpt-5', 'failed', 429, 'rate_limit_exceeded', null, 'responses', '{"env": "dev"}'),
    (3, 'research', 'gpt-5', 'failed', 500, 'server_error', 'flex', 'embeddings', null),
    (4, 'Sales 50%', 'o3', 'settled', 200, null, 'flex', 'chat.completions', '{"env": "prod"}')"#;

#[tokio::test]
async fn calls_are_found_by_how_they_ended() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, LONG_AGO, CALLS).await;
    let mut answers = Vec::new();
    for query in [
        "status=failed",
        "status=failed&endpoint=responses",
        "endpoint=chat.completions&endpoint=embeddings",
        "http_status=429&http_status=500",
        "error_code=server_error",
        "service_tier=flex&status=settled",
        "http_status=404",
    ] {
        let page = get(&router, &format!("/api/usage/calls?count=true&limit=1&{query}"), &key).await.json();
        let lines = get(&router, &format!("/api/usage/export?format=ndjson&{query}"), &key).await.text();
        let number =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["input_tokens"].as_i64().unwrap();
        let mut numbers: Vec<i64> = lines.lines().map(number).collect();
        numbers.sort_unstable();
        answers.push(format!("{query}: {numbers:?}, {}", page["calls"]));
        assert_eq!(page["calls"], numbers.len());
    }
    for query in ["status=failed", "endpoint=embeddings&status=failed", "status=abandoned"] {
        let rows = get(&router, &format!("/api/usage/summary?group_by=none&{query}"), &key).await.json();
        answers.push(format!("sum of {query}: {}", rows[0]["calls"]));
    }
    for query in ["status=open", "endpoint=chat", "http_status=99", "http_status=x", "count=yes"] {
        let reply = get(&router, &format!("/api/usage/calls?{query}"), &key).await;
        answers.push(format!("{} {}", reply.status.as_u16(), reply.json()["errors"][0]["message"]));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    status=failed: [2, 3], 2
    status=failed&endpoint=responses: [2], 1
    endpoint=chat.completions&endpoint=embeddings: [3, 4], 2
    http_status=429&http_status=500: [2, 3], 2
    error_code=server_error: [3], 1
    service_tier=flex&status=settled: [4], 1
    http_status=404: [], 0
    sum of status=failed: 2
    sum of endpoint=embeddings&status=failed: 1
    sum of status=abandoned: 0
    422 "must be one of settled, estimated, failed, abandoned"
    422 "must be one of llm.chat, chat.completions, responses, embeddings, completions, responses.compact, responses.input_tokens, moderations, responses.retrieve, responses.delete, responses.cancel, responses.input_items, messages, messages.count_tokens, models.generate_content, models.embed_content, models.batch_embed_contents, models.count_tokens, bedrock.converse, bedrock.invoke, bedrock.count_tokens"
    422 "must be a whole number from 100 to 599"
    422 "must be a whole number from 100 to 599"
    422 "must be true or false"
    "#);
}

#[tokio::test]
async fn values_are_those_of_calls_that_the_key_may_see() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let free = harness.key().scopes(&[Scope::UsageRead]).create().await;
    let bound = harness.key().scopes(&[Scope::UsageRead]).label("search").create().await;
    harness.db.execute("update api_keys set name = 'Key of search' where user_label is not null").await;
    calls(&harness, LONG_AGO, CALLS).await;
    seal(&harness).await;
    calls(
        &harness,
        "now",
        r#"(5, 'unsealed', 'o3', 'settled', null::smallint, null, null, 'responses', '{"new": "1"}')"#,
    )
    .await;
    calls(&harness, "now", "(6, 'search', 'o3', 'settled', null::smallint, null, null, 'responses', null)")
        .await;
    let mut answers = Vec::new();
    for query in [
        "user_label",
        "user_label&q=SEA",
        "user_label&q=%25",
        "user_label&limit=1",
        "model",
        "model&q=5",
        "key",
        "key&q=of+SEARCH",
        "tag",
        "tag.env",
        "tag.env&q=D",
        "tag.none",
    ] {
        for (who, key) in [("free", &free), ("bound", &bound)] {
            let reply = get(&router, &format!("/api/usage/values?field={query}"), key).await.json();
            let text = |value: &Value| {
                let name = value["name"].as_str().or(value["value"].as_str()).unwrap();
                format!("{name} {}", value["calls"])
            };
            let values: Vec<String> = reply["data"].as_array().unwrap().iter().map(text).collect();
            answers.push(format!("{query} {who}: {}", values.join(", ")));
        }
    }
    for bad in ["", "?field=", "?field=tag.", "?field=status", "?field=model&limit=0"] {
        let reply = get(&router, &format!("/api/usage/values{bad}"), &free).await;
        answers.push(format!("{} {}", reply.status.as_u16(), reply.json()["errors"][0]["message"]));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    user_label free: search 3, Sales 50% 1, research 1, unsealed 1
    user_label bound: search 3
    user_label&q=SEA free: search 3, research 1, unsealed 1
    user_label&q=SEA bound: search 3
    user_label&q=%25 free: Sales 50% 1
    user_label&q=%25 bound: 
    user_label&limit=1 free: search 3
    user_label&limit=1 bound: search 3
    model free: o3 3, gpt-5 2, gpt-4o 1
    model bound: gpt-4o 1, gpt-5 1, o3 1
    model&q=5 free: gpt-5 2
    model&q=5 bound: gpt-5 1
    key free: Key of search 3
    key bound: Key of search 3
    key&q=of+SEARCH free: Key of search 3
    key&q=of+SEARCH bound: Key of search 3
    tag free: env 3, new 1, team 1
    tag bound: env 2, team 1
    tag.env free: prod 2, dev 1
    tag.env bound: dev 1, prod 1
    tag.env&q=D free: dev 1, prod 2
    tag.env&q=D bound: dev 1, prod 1
    tag.none free: 
    tag.none bound: 
    422 "is required"
    422 "must be user_label, model, provider, key, tag or tag.<name>"
    422 "must be user_label, model, provider, key, tag or tag.<name>"
    422 "must be user_label, model, provider, key, tag or tag.<name>"
    422 "must be a whole number from 1 to 200"
    "#);
}

#[tokio::test]
async fn calls_are_sorted_within_a_month_only() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, LONG_AGO, CALLS).await;
    let cost = "update usage_logs set cost_pico_usd = nullif(input_tokens, 2) * 1000, latency_us = 4000 - input_tokens";
    harness.db.execute(cost).await;
    let ask = async |query: &str| get(&router, &format!("/api/usage/calls?{query}"), &key).await;
    let mut answers = Vec::new();
    let month = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
    for query in ["sort=-cost_usd", "sort=-latency_ms", "sort=-cost_usd&status=failed"] {
        let page = ask(&format!("{query}&{month}")).await.json();
        let numbers: Vec<&Value> =
            page["data"].as_array().unwrap().iter().map(|call| &call["input_tokens"]).collect();
        answers.push(format!("{query}: {numbers:?}"));
    }
    let first = ask(&format!("sort=-cost_usd&limit=1&{month}")).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let newest = ask("sort=-created_at&limit=1").await.json();
    assert_eq!(newest["next_cursor"], ask("limit=1").await.json()["next_cursor"]);
    for query in [
        "sort=cost_usd",
        "sort=-cost_usd",
        "sort=-latency_ms&from=2020-01-01T00:00:00Z",
        "sort=-cost_usd&from=2026-10-01T00:00:00Z&to=2026-11-01T02:00:00Z",
        &format!("cursor={cursor}"),
        &format!("sort=-latency_ms&{month}&cursor={cursor}"),
        &format!("sort=-latency_ms&{month}&cursor={}", newest["next_cursor"].as_str().unwrap()),
        &format!("sort=-cost_usd&{month}&cursor=cost.x.1_{}", "call_0198c0de0000700080000000deadbeef"),
    ] {
        let reply = ask(query).await;
        let error = &reply.json()["errors"][0];
        answers.push(format!("{} {} {}", reply.status.as_u16(), error["field"], error["message"]));
    }
    // October ends an hour late where the clocks go back.
    let long = ask("sort=-cost_usd&from=2026-09-30T22:00:00Z&to=2026-10-31T23:00:00Z").await;
    assert!(long.status.is_success());
    insta::assert_snapshot!(answers.join("\n"), @r#"
    sort=-cost_usd: [Number(4), Number(3), Number(1), Number(2)]
    sort=-latency_ms: [Number(1), Number(2), Number(3), Number(4)]
    sort=-cost_usd&status=failed: [Number(3), Number(2)]
    422 "sort" "must be one of -created_at, -cost_usd, -latency_ms"
    422 "from" "must be at most 31 days before 'to' where calls are sorted by cost or latency"
    422 "from" "must be at most 31 days before 'to' where calls are sorted by cost or latency"
    422 "from" "must be at most 31 days before 'to' where calls are sorted by cost or latency"
    422 "cursor" "must be the next_cursor of a page with the same 'sort'"
    422 "cursor" "must be the next_cursor of a page with the same 'sort'"
    422 "cursor" "must be the next_cursor of a page with the same 'sort'"
    422 "cursor" "must be the next_cursor of a page"
    "#);
}

#[tokio::test]
async fn values_that_no_call_can_have_are_refused_by_name() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let (long, longest) = ("e".repeat(129), "%C3%A9".repeat(128));
    let rule = |field: &str, query: &str| (field.to_owned(), query.to_owned());
    let refused = [
        rule("user_label", &format!("user_label={long}")),
        rule("user_label", &format!("user_label=fine&user_label={long}")),
        rule("user_label", "user_label="),
        rule("user_label", "user_label=a%E2%80%8Bb"),
        rule("model", &format!("model={}", "m".repeat(257))),
        rule("model", "model=%20"),
        rule("tag.team", &format!("tag.team={}", "v".repeat(65))),
        rule("tag.team", "tag.team=a,b"),
        rule("tag.team", "tag.team=%C3%A9"),
        rule(&format!("tag.{}", "n".repeat(65)), &format!("tag.{}=x", "n".repeat(65))),
    ];
    let grouped = [
        rule("group_by", &format!("group_by=tag.{}", "n".repeat(65))),
        rule("group_by", "group_by=tag.a%3Db"),
    ];
    for path in ["summary?", "timeseries?", "calls?", "export?format=csv&"] {
        let grouped = if path == "summary?" || path == "timeseries?" { grouped.as_slice() } else { &[] };
        for (field, query) in refused.iter().chain(grouped) {
            let reply = get(&router, &format!("/api/usage/{path}{query}"), &key).await;
            let named = &reply.json()["errors"][0]["field"];
            assert_eq!((reply.status.as_u16(), named.as_str()), (422, Some(&field[..])), "{path}{query}");
        }
        let accepted = format!("user_label={longest}&model={}&tag.{}=", "m".repeat(256), "n".repeat(64));
        let reply = get(&router, &format!("/api/usage/{path}{accepted}"), &key).await;
        assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.text());
    }
    let text = "x".repeat(257);
    for (path, field) in [
        (format!("calls?error_code={text}"), "error_code"),
        (format!("calls?service_tier={text}"), "service_tier"),
        (format!("timeseries?tz={text}"), "tz"),
        (format!("values?field=tag.{text}"), "field"),
        (format!("reconcile?project_id={text}"), "project_id"),
        (format!("reconcile?api_key_id={text}"), "api_key_id"),
        (format!("me?user_label={long}"), "user_label"),
        (format!("me?tag.team={}", "v".repeat(65)), "tag.team"),
    ] {
        let reply = get(&router, &format!("/api/usage/{path}"), &key).await;
        assert_eq!(reply.json()["errors"][0]["field"], field, "{path}: {}", reply.text());
        assert_eq!(reply.status.as_u16(), 422, "{path}");
    }
}
