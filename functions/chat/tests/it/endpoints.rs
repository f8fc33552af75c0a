//! The endpoints beside the main ones: legacy completions, compaction, and the free ones.

use domain::limits::Metric;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, get, post};

use crate::limits::USD;
use crate::router;

#[tokio::test]
async fn sibling_endpoints_are_served_and_recorded() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (path, body) in [
        (
            "/v1/completions",
            json!({"model": "gpt-3.5-turbo-instruct", "prompt": ["a b", "c"], "n": 1, "best_of": 2, "max_tokens": 4}),
        ),
        ("/v1/responses/compact", json!({"model": "gpt-5.6", "input": "one two three"})),
        ("/v1/responses/input_tokens", json!({"model": "gpt-5.6", "input": "one two three"})),
        ("/v1/moderations", json!({"input": "one two three"})),
        ("/v1/moderations", json!({"model": "text-moderation-stable", "input": "one"})),
    ] {
        let reply = post(&router, path, &key, body.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        let sent = harness.mock.requests().pop().unwrap();
        assert_eq!((sent.path.as_str(), &sent.body[..]), (path, body.to_string().as_bytes()));
    }
    let columns = "endpoint, model, served_model, status, input_tokens, output_tokens, cost_pico_usd, retried_cost_pico_usd";
    let rows = harness.db.rows(&format!("select {columns} from usage_logs order by created_at")).await;
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    insta::assert_snapshot!(rows.join("\n"), @r#"
    {"endpoint":"completions","model":"gpt-3.5-turbo-instruct","served_model":"gpt-3.5-turbo-instruct","status":"settled","input_tokens":3,"output_tokens":16,"cost_pico_usd":36500000,"retried_cost_pico_usd":0}
    {"endpoint":"responses.compact","model":"gpt-5.6","served_model":null,"status":"settled","input_tokens":9,"output_tokens":10,"cost_pico_usd":236000000,"retried_cost_pico_usd":0}
    {"endpoint":"responses.input_tokens","model":"gpt-5.6","served_model":null,"status":"settled","input_tokens":0,"output_tokens":0,"cost_pico_usd":0,"retried_cost_pico_usd":0}
    {"endpoint":"moderations","model":"omni-moderation-latest","served_model":"omni-moderation-latest","status":"settled","input_tokens":0,"output_tokens":0,"cost_pico_usd":0,"retried_cost_pico_usd":0}
    {"endpoint":"moderations","model":"text-moderation-stable","served_model":"text-moderation-stable","status":"settled","input_tokens":0,"output_tokens":0,"cost_pico_usd":0,"retried_cost_pico_usd":0}
    "#);
    let served = harness.mock.counters().total.tokens;
    let sum = harness.db.rows("select sum(input_tokens) as i, sum(output_tokens) as o from usage_logs").await;
    assert_eq!((&sum[0]["i"], &sum[0]["o"]), (&json!(served.input_tokens), &json!(served.output_tokens)));
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn legacy_stream_hides_the_usage_that_the_caller_did_not_ask_for() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for asked in [false, true] {
        let mut body = json!({"model": "davinci-002", "prompt": [[1, 2], [3, 4, 5]], "stream": true});
        if asked {
            body["stream_options"] = json!({"include_usage": true});
        }
        let reply = post(&router, "/v1/completions", &key, body).await;
        assert_eq!(reply.text().contains("\"usage\""), asked, "{}", reply.text());
        assert!(reply.text().ends_with("data: [DONE]\n\n"));
    }
    for row in harness.ledger().await {
        assert_eq!((&row["status"], &row["input_tokens"]), (&json!("settled"), &json!(5)), "{row}");
    }
}

/// A scoring run repeats the prompt and generates nothing.
#[tokio::test]
async fn legacy_completion_that_repeats_its_prompt_has_no_output() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body = json!({"model": "gpt-3.5-turbo-instruct", "prompt": "a b c", "echo": true, "max_tokens": 0});
    assert_eq!(post(&router, "/v1/completions", &key, body).await.status, StatusCode::OK);
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["output_tokens"]), (&json!("settled"), &json!(0)), "{row}");
}

/// The provider's default of 16 tokens is filled in, and every candidate of every prompt is reserved.
#[tokio::test]
async fn hard_limit_bounds_all_candidates_of_all_prompts() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let body = json!({"model": "gpt-3.5-turbo-instruct", "prompt": ["a", "b", "c"], "best_of": 2});
    let needed = i64::try_from(body.to_string().len()).unwrap() + 16 * 6;
    for (label, amount) in [("poor", needed - 1), ("rich", needed)] {
        harness.limit(Metric::Tokens, amount).label(label).create().await;
    }
    let (poor, rich) =
        (harness.key().label("poor").create().await, harness.key().label("rich").create().await);
    let refused = post(&router, "/v1/completions", &poor, body.clone()).await;
    assert_eq!(refused.json()["error"]["code"], "request_exceeds_limit", "{}", refused.text());
    let reply = post(&router, "/v1/completions", &rich, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.header("x-tokenmeter-output-bound"), Some("16"));
    let sent = harness.mock.requests().pop().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&sent.body).unwrap()["max_tokens"], 16);
}

/// Compaction takes no bound: all that the model can generate is reserved, and the body stays as it is.
#[tokio::test]
async fn hard_limit_reserves_the_models_maximum_for_compaction() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    for (label, amount) in [("poor", 128_000), ("rich", 1_000_000)] {
        harness.limit(Metric::Tokens, amount).label(label).create().await;
    }
    let (poor, rich) =
        (harness.key().label("poor").create().await, harness.key().label("rich").create().await);
    let body = json!({"model": "gpt-5.6", "input": "one two three"});
    let refused = post(&router, "/v1/responses/compact", &poor, body.clone()).await;
    assert_eq!(refused.json()["error"]["code"], "request_exceeds_limit", "{}", refused.text());
    let reply = post(&router, "/v1/responses/compact", &rich, body.clone()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(harness.mock.requests().pop().unwrap().body, body.to_string().as_bytes());
    assert_eq!(reply.header("x-tokenmeter-output-bound"), None);
}

#[tokio::test]
async fn free_calls_count_as_requests_alone() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    for (metric, amount) in [(Metric::Usd, USD), (Metric::Tokens, 10), (Metric::Requests, 2)] {
        harness.limit(metric, amount).create().await;
    }
    // Neither has a price, and the text is longer than all tokens that are left.
    let moderation = json!({"input": "one two three ".repeat(50)});
    let counting = json!({"model": "model-without-a-price", "input": "one two three ".repeat(50)});
    for (path, body) in [("/v1/moderations", &moderation), ("/v1/responses/input_tokens", &counting)] {
        let reply = post(&router, path, &key, body.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        assert_eq!(reply.header("x-tokenmeter-cost-usd"), Some("0"));
    }
    let refused = post(&router, "/v1/moderations", &key, moderation).await;
    assert_eq!(refused.json()["error"]["code"], "quota_exceeded", "{}", refused.text());
    let used = harness.windows().await;
    assert!(used.iter().all(|window| window["reserved"] == 0), "{used:?}");
    let settled: Vec<i64> = used.iter().map(|window| window["settled"].as_i64().unwrap()).collect();
    assert_eq!(settled.iter().sum::<i64>(), 2, "{used:?}");
}

#[tokio::test]
async fn free_calls_that_fail_cost_nothing_either() {
    let harness = Harness::start().await;
    let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", "0")]).await;
    let key = harness.key().create().await;
    for (fault, status) in [("500", 500), ("429", 429), ("503", 503)] {
        let body = json!({"input": "Hello", "metadata": {"mock_fault": fault}});
        let reply = post(&router, "/v1/moderations", &key, body).await;
        assert_eq!(reply.status.as_u16(), status, "{fault}: {}", reply.text());
    }
    let rows = harness.ledger().await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row["status"] == "failed" && row["cost_pico_usd"] == 0), "{rows:?}");
}

#[tokio::test]
async fn sibling_endpoints_are_authenticated_and_take_no_get() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let narrow = harness.key().models(&["gpt-4o*"]).create().await;
    for path in ["/v1/completions", "/v1/responses/compact", "/v1/responses/input_tokens", "/v1/moderations"]
    {
        let body = json!({"model": "gpt-5.6", "input": "Hello", "prompt": "Hello"});
        assert_eq!(post(&router, path, "", body.clone()).await.status, StatusCode::UNAUTHORIZED, "{path}");
        let refused = post(&router, path, &narrow, body).await;
        assert_eq!(refused.json()["error"]["code"], "model_not_allowed", "{path}: {}", refused.text());
        assert_eq!(get(&router, path, &narrow).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    assert!(harness.ledger().await.is_empty());
}
