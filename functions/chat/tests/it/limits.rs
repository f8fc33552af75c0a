//! Limits: which calls are refused, what the refusal says, and what remains afterwards.

use axum::body::Body;
use domain::limits::{LimitSubject, Metric, Period};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post, request, send};

use crate::router;

pub(crate) const PATH: &str = "/v1/chat/completions";
pub(crate) const USD: i64 = 1_000_000_000_000;

pub(crate) fn call(fields: Value) -> Value {
    let mut body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]});
    for (name, value) in fields.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    body
}

pub(crate) fn outcome(reply: &Reply) -> String {
    let error = &reply.json()["error"];
    let header = |name| reply.header(name).map(|value| format!(" {name}: {value}")).unwrap_or_default();
    format!(
        "{} {} {}{}{}",
        reply.status.as_u16(),
        error["type"],
        error["code"],
        if reply.header("retry-after-ms").is_some() { " retry-after-ms" } else { "" },
        header("x-should-retry"),
    )
}

#[tokio::test]
async fn each_kind_of_limit_refuses_with_its_own_code_and_sends_nothing() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    let mut answers = Vec::new();
    for (label, metric, period, amount, fields) in [
        ("budget", Metric::Usd, Period::Month, 1, json!({"max_completion_tokens": 10})),
        ("budget-none", Metric::Usd, Period::Total, 0, json!({})),
        ("tokens-ever", Metric::Tokens, Period::Total, 50, json!({"max_completion_tokens": 10})),
        ("requests-ever", Metric::Requests, Period::Total, 0, json!({})),
        ("requests-now", Metric::Requests, Period::Minute, 0, json!({})),
        ("concurrency", Metric::Concurrency, Period::Total, 0, json!({})),
        ("unpriced", Metric::Usd, Period::Day, USD, json!({"model": "unknown-model"})),
        // Nothing is known of the model that would bound what it searches.
        (
            "unbounded",
            Metric::Tokens,
            Period::Day,
            100_000,
            json!({"model": "unknown-model", "web_search_options": {}}),
        ),
    ] {
        harness.limit(metric, amount).label(label).per(period).create().await;
        let mut fields = fields;
        fields["metadata"] = json!({"user_label": label});
        answers.push(format!("{label}: {}", outcome(&post(&router, PATH, &key, call(fields)).await)));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    budget: 400 "invalid_request_error" "request_exceeds_limit" x-should-retry: false
    budget-none: 429 "insufficient_quota" "budget_exceeded" x-should-retry: false
    tokens-ever: 400 "invalid_request_error" "request_exceeds_limit" x-should-retry: false
    requests-ever: 429 "insufficient_quota" "quota_exceeded" x-should-retry: false
    requests-now: 429 "insufficient_quota" "quota_exceeded" x-should-retry: false
    concurrency: 429 "insufficient_quota" "quota_exceeded" x-should-retry: false
    unpriced: 400 "invalid_request_error" "model_not_priced"
    unbounded: 400 "invalid_request_error" "unbounded_request"
    "#);
    assert_eq!(harness.mock.counters().total.requests, 0);
    assert!(harness.ledger().await.is_empty());
    assert_eq!(harness.open_calls().await, 0);
    assert!(harness.windows().await.iter().all(|window| window["reserved"] == 0 && window["settled"] == 0));
}

#[tokio::test]
async fn refusal_names_limit_window_remaining_and_reset() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().label("search").create().await;
    let id = harness.limit(Metric::Tokens, 100).label("search").per(Period::Day).create().await;
    let reply = post(&router, PATH, &key, call(json!({"max_completion_tokens": 500}))).await;
    let text = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(text.replace(&id.replace('-', ""), ""), @"The limit lim_ of 100 tokens a day for the label 'search' would be exceeded: 0 tokens used, 0 tokens reserved by calls in flight, 100 tokens remaining, and this call may need 598 tokens. To make the call fit, set or lower `max_completion_tokens` (Chat Completions), `max_output_tokens` and `max_tool_calls` (Responses) or `max_tokens` (legacy Completions), or send less input.");
    // A call that would fit into an empty window may retry when the next one begins.
    harness.db.execute("update limits set amount = 700; update limit_windows set settled = 650").await;
    let reply = post(&router, PATH, &key, call(json!({"max_completion_tokens": 500}))).await;
    let text = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(text.contains(" It resets at ") && text.contains("T00:00:00Z."), "{text}");
    harness
        .db
        .execute("update limits set amount = 100; update limit_windows set settled = 0, excess = 0")
        .await;
    let reply = post(
        &router,
        "/api/llm/chat",
        &key,
        json!({"user_label": "search", "model": "gpt-4o-mini", "prompt": "x".repeat(200)}),
    )
    .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.json()["type"], "urn:tokenmeter:error:request_exceeds_limit");
    assert_eq!(reply.header("x-should-retry"), Some("false"));
}

/// Used up is what settled calls have used: a call that is larger than what they left can be made to fit.
#[tokio::test]
async fn call_larger_than_what_is_left_is_told_what_would_fit() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Usd, USD / 1000).label("money").create().await;
    harness.limit(Metric::Tokens, 5_000).label("tokens").create().await;
    let send = async |label: &str, bound: u64| {
        let fields = json!({"max_completion_tokens": bound, "metadata": {"user_label": label}});
        post(&router, PATH, &key, call(fields)).await
    };
    for label in ["money", "tokens"] {
        let refused = send(label, 100_000).await;
        assert_eq!(
            outcome(&refused),
            "400 \"invalid_request_error\" \"request_exceeds_limit\" x-should-retry: false"
        );
        let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        for part in ["may need", "remaining", "max_completion_tokens", "max_output_tokens", "max_tool_calls"]
        {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert_eq!(send(label, 100).await.status, StatusCode::OK);
    }
    let use_up = "update limits l set amount = w.settled from limit_windows w where w.limit_id = l.id";
    harness.db.execute(use_up).await;
    let exceeded = |code| format!("429 \"insufficient_quota\" \"{code}\" x-should-retry: false");
    assert_eq!(outcome(&send("money", 100).await), exceeded("budget_exceeded"));
    assert_eq!(outcome(&send("tokens", 100).await), exceeded("quota_exceeded"));
}

#[tokio::test]
async fn limits_for_each_and_of_tags_refuse_and_show_like_others() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Requests, 2).label("*").per(Period::Week).create().await;
    let tag = LimitSubject::Tag("team=search".into());
    harness.limit(Metric::Usd, 0).on(tag).per(Period::Month).create().await;
    let body = |label: &str| call(json!({"metadata": {"user_label": label}}));
    let first = post(&router, PATH, &key, body("ada")).await;
    assert_eq!((first.status, first.header("x-ratelimit-remaining-requests")), (StatusCode::OK, Some("1")));
    post(&router, PATH, &key, body("ada")).await;
    let refused = post(&router, PATH, &key, body("ada")).await;
    let message = refused.json()["error"]["message"].to_string();
    assert!(message.contains("2 requests a week for the label 'ada'"), "{message}");
    assert_eq!(post(&router, PATH, &key, body("bob")).await.status, StatusCode::OK);
    let mut tagged = request(Method::POST, PATH, &key, Body::from(body("eve").to_string()));
    tagged.headers_mut().insert("x-usage-tags", "team=search,env=prod".parse().unwrap());
    let refused = send(&router, tagged).await;
    let message = refused.json()["error"]["message"].to_string();
    assert!(message.contains("0 USD a month for the tag 'team=search'"), "{message}");
}

#[tokio::test]
async fn all_limits_that_apply_are_checked_together() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().label("search").create().await;
    let key_id = harness.db.rows("select id from api_keys").await[0]["id"].as_str().unwrap().to_owned();
    harness.limit(Metric::Requests, 10).per(Period::Day).create().await;
    harness.limit(Metric::Tokens, 1_000_000).label("search").create().await;
    harness.limit(Metric::Requests, 0).label("another").per(Period::Day).create().await;
    harness.limit(Metric::Requests, 1).key(&key_id).per(Period::Day).create().await;
    assert_eq!(post(&router, PATH, &key, call(json!({}))).await.status, StatusCode::OK);
    let refused = post(&router, PATH, &key, call(json!({}))).await;
    assert_eq!(refused.json()["error"]["code"], "quota_exceeded");
    let used = harness.db.rows("select subject, used, reserved from limit_status order by subject").await;
    let tokens = harness.only_row().await;
    let total = tokens["input_tokens"].as_i64().unwrap() + tokens["output_tokens"].as_i64().unwrap();
    assert_eq!(
        used,
        [
            json!({"subject": "global:", "used": 1, "reserved": 0}),
            json!({"subject": format!("key:{key_id}"), "used": 1, "reserved": 0}),
            json!({"subject": "label:another", "used": 0, "reserved": 0}),
            json!({"subject": "label:search", "used": total, "reserved": 0}),
        ]
    );
}

#[tokio::test]
async fn headers_report_what_remains() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().label("search").create().await;
    harness.limit(Metric::Usd, USD).label("search").create().await;
    harness.limit(Metric::Requests, 100).per(Period::Minute).create().await;
    harness.limit(Metric::Tokens, 1_000_000).per(Period::Day).create().await;
    // Soft limits refuse nothing: what remains of them is no bound.
    harness.limit(Metric::Usd, 0).soft().create().await;
    harness.limit(Metric::Requests, 1).per(Period::Hour).soft().create().await;
    let reply = post(&router, PATH, &key, call(json!({}))).await;
    let cost: i64 = harness.only_row().await["cost_pico_usd"].as_i64().unwrap();
    let left = domain::money::PicoUsd::from_pico(USD - cost).to_string();
    assert_eq!(reply.header("x-tokenmeter-budget-remaining-usd"), Some(left.as_str()));
    assert_eq!(reply.header("x-ratelimit-limit-requests"), Some("100"));
    assert_eq!(reply.header("x-ratelimit-remaining-requests"), Some("99"));
    assert!(reply.header("x-ratelimit-reset-requests").is_some());
    let used = reply.json()["usage"]["total_tokens"].as_i64().unwrap();
    assert_eq!(reply.header("x-ratelimit-remaining-tokens"), Some((1_000_000 - used).to_string()).as_deref());
}

#[tokio::test]
async fn every_response_under_a_limit_reports_what_remains() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await;
    let key = harness.key().label("search").create().await;
    harness.limit(Metric::Requests, 100).label("search").create().await;
    harness.limit(Metric::Usd, USD).label("search").create().await;
    let mut answers = Vec::new();
    for (path, fields) in [
        (PATH, json!({})),
        (PATH, json!({"stream": true})),
        (PATH, json!({"metadata": {"mock_fault": "400"}})),
        (PATH, json!({"metadata": {"mock_fault": "401"}})),
        (PATH, json!({"metadata": {"mock_fault": "500"}, "stream": true})),
        (PATH, json!({"metadata": {"mock_fault": "reset"}})),
        ("/v1/responses", json!({"input": "Hello", "stream": true})),
        ("/v1/embeddings", json!({"model": "text-embedding-3-small", "input": "Hello"})),
        ("/api/llm/chat", json!({"user_label": "search", "prompt": "Hello"})),
        ("/api/llm/chat", json!({"user_label": "search", "prompt": "Hello", "model": "unknown-model"})),
    ] {
        let reply = post(&router, path, &key, call(fields.clone())).await;
        let budget = reply.header("x-tokenmeter-budget-remaining-usd").is_some();
        let requests = reply.header("x-ratelimit-remaining-requests").unwrap_or("-");
        answers.push(format!("{} {path} {fields}: {requests} {budget}", reply.status.as_u16()));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    200 /v1/chat/completions {}: 99 true
    200 /v1/chat/completions {"stream":true}: 98 true
    400 /v1/chat/completions {"metadata":{"mock_fault":"400"}}: 97 true
    503 /v1/chat/completions {"metadata":{"mock_fault":"401"}}: 96 true
    500 /v1/chat/completions {"metadata":{"mock_fault":"500"},"stream":true}: 95 true
    502 /v1/chat/completions {"metadata":{"mock_fault":"reset"}}: 94 true
    200 /v1/responses {"input":"Hello","stream":true}: 93 true
    200 /v1/embeddings {"model":"text-embedding-3-small","input":"Hello"}: 92 true
    200 /api/llm/chat {"user_label":"search","prompt":"Hello"}: 91 true
    400 /api/llm/chat {"user_label":"search","prompt":"Hello","model":"unknown-model"}: - false
    "#);
}

#[tokio::test]
async fn changed_limit_takes_effect_immediately_and_keeps_its_usage() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Requests, 2).create().await;
    let status = async || post(&router, PATH, &key, call(json!({}))).await.status.as_u16();
    assert_eq!([status().await, status().await, status().await], [200, 200, 429]);
    harness.db.execute("update limits set amount = 3").await;
    assert_eq!([status().await, status().await], [200, 429]);
    harness.db.execute("update limits set amount = 1").await;
    assert_eq!(status().await, 429);
    assert_eq!(harness.windows().await[0]["settled"], 3);
    harness.db.execute("update limits set mode = 'soft'").await;
    assert_eq!(status().await, 200);
    harness.db.execute("delete from limits").await;
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn thresholds_and_the_first_refusal_are_events_once_a_window() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Requests, 4).create().await;
    for _ in 0..6 {
        post(&router, PATH, &key, call(json!({}))).await;
    }
    let events = harness.db.rows("select kind, threshold, used from limit_events order by id").await;
    assert_eq!(
        events,
        [
            json!({"kind": "threshold", "threshold": 50, "used": 2}),
            json!({"kind": "threshold", "threshold": 80, "used": 4}),
            json!({"kind": "threshold", "threshold": 100, "used": 4}),
            json!({"kind": "refused", "threshold": null, "used": 4}),
        ]
    );
    assert_eq!(harness.windows().await[0]["refusals"], 2);
}

/// Text that the database cannot store and numbers out of range are client errors, whatever limits apply.
#[tokio::test]
async fn unusable_values_are_client_errors() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let key = harness.key().create().await;
    harness.limit(Metric::Usd, USD).label("hard").create().await;
    harness.limit(Metric::Tokens, 1_000_000).label("hard").create().await;
    harness.limit(Metric::Usd, USD).label("soft").soft().create().await;
    harness.limit(Metric::Tokens, 1_000_000).label("soft").soft().create().await;
    for label in ["free", "soft", "hard"] {
        for fields in [
            json!({"service_tier": "a\u{0}b"}),
            json!({"service_tier": "x".repeat(100_000)}),
            json!({"tools": [{"type": "a\u{0}b"}]}),
            json!({"n": u64::MAX}),
            json!({"n": 1_000_000}),
            json!({"n": u64::MAX, "max_completion_tokens": u64::MAX}),
            json!({"max_completion_tokens": u64::MAX}),
            json!({"max_completion_tokens": 0}),
        ] {
            let mut body = call(fields.clone());
            body["metadata"] = json!({"user_label": label});
            // Two concurrent calls: the sum of their reservations must not overflow, either.
            let both = tokio::join!(
                post(&router, PATH, &key, body.clone()),
                post(&router, PATH, &key, body.clone())
            );
            for reply in [both.0, both.1] {
                assert!(reply.status.as_u16() < 500, "{label} {fields}: {}", reply.text());
            }
        }
    }
    assert!(harness.windows().await.iter().all(|window| window["reserved"] == 0));
}
