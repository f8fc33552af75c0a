//! Calls that the provider works on after its response: open until their usage is known, and settled once.

use axum::Router;
use domain::limits::Metric;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use ledger::{calls, rollups};
use serde_json::{Value, json};
use testkit::{Harness, get, post, request, send};

use super::{call, create, id_of};
use crate::router;

/// The ledger's rows of calls that the provider charges for.
async fn rows(harness: &Harness) -> Vec<Value> {
    let mut rows = harness.ledger().await;
    rows.retain(|row| row["endpoint"] == "responses");
    rows
}

async fn only_row(harness: &Harness) -> Value {
    let mut rows = rows(harness).await;
    assert_eq!(rows.len(), 1, "{rows:#?}");
    rows.remove(0)
}

/// Work in the background that is in progress for some retrievals. Returns its path.
async fn start(router: &Router, key: &str, polls: u32) -> String {
    let metadata = json!({"mock_background_polls": polls.to_string()});
    let reply =
        create(router, key, json!({"background": true, "max_output_tokens": 500, "metadata": metadata}))
            .await;
    assert_eq!(reply.json()["status"], "queued");
    format!("/v1/responses/{}", id_of(&reply))
}

#[tokio::test]
async fn call_keeps_its_reservation_until_a_retrieval_settles_it() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.limit(Metric::Tokens, 100_000).create().await;
    harness.limit(Metric::Concurrency, 2).create().await;
    let metadata = json!({"mock_background_polls": "1", "user_label": "ann"});
    let created =
        create(&router, &key, json!({"background": true, "max_output_tokens": 500, "metadata": metadata}))
            .await;
    assert_eq!(created.header("x-tokenmeter-settlement"), Some("pending"));
    assert_eq!(created.header("x-tokenmeter-cost-usd"), None);
    assert!(created.header("x-tokenmeter-overhead-ms").is_some());
    assert!(created.header("x-tokenmeter-call-id").is_some());
    let path = format!("/v1/responses/{}", id_of(&created));
    let reserved = harness.windows().await[0]["reserved"].as_i64().unwrap();
    assert!(reserved > 500, "{reserved}");

    let running = get(&router, &path, &key).await;
    assert_eq!((&running.json()["status"], harness.open_calls().await), (&json!("in_progress"), 1));
    assert!(rows(&harness).await.is_empty());
    assert_eq!(harness.windows().await[0]["reserved"], reserved);

    let ended = get(&router, &path, &key).await.json();
    let row = only_row(&harness).await;
    assert_eq!(
        (&row["status"], &row["user_label"], &row["stream"]),
        (&json!("settled"), &json!("ann"), &json!(false))
    );
    assert_eq!(row["input_tokens"], ended["usage"]["input_tokens"]);
    assert_eq!(row["output_tokens"], ended["usage"]["output_tokens"]);
    assert_eq!(
        row["id"].as_str().unwrap().replace('-', ""),
        created.header("x-tokenmeter-call-id").unwrap()[5..]
    );
    assert!(row["cost_pico_usd"].as_i64().unwrap() > 0);
    assert_eq!(harness.open_calls().await, 0);
    let windows = harness.windows().await;
    assert_eq!(
        (&windows[0]["reserved"], &windows[0]["settled"]),
        (&json!(0), &ended["usage"]["total_tokens"])
    );
    assert_eq!(windows[1]["reserved"], 0);
    assert!(harness.db.rows("select from background_calls").await.is_empty());

    assert_eq!(get(&router, &path, &key).await.json(), ended);
    only_row(&harness).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_retrievals_settle_once() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.limit(Metric::Tokens, 1_000_000).create().await;
    let mut tokens = 0;
    for _ in 0..5 {
        let path = start(&router, &key, 3).await;
        let replies = join_all((0..8).map(|_| get(&router, &path, &key))).await;
        assert!(replies.iter().all(|reply| reply.status == StatusCode::OK));
        tokens += replies.iter().find_map(|reply| reply.json()["usage"]["total_tokens"].as_i64()).unwrap();
    }
    assert_eq!(rows(&harness).await.len(), 5);
    let window = harness.windows().await.remove(0);
    assert_eq!((&window["reserved"], window["settled"].as_i64()), (&json!(0), Some(tokens)));
}

/// The stream breaks off, and another request continues it.
#[tokio::test]
async fn stream_that_is_continued_counts_once() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.limit(Metric::Tokens, 100_000).create().await;
    let metadata = json!({"mock_fault": "truncated", "mock_prompt_tokens": "25"});
    let cut = create(&router, &key, json!({"background": true, "stream": true, "metadata": metadata})).await;
    assert!(cut.text().contains("stream_truncated"), "{}", cut.text());
    assert_eq!((harness.open_calls().await, harness.ledger().await.len()), (1, 0));
    assert!(harness.windows().await[0]["reserved"].as_i64().unwrap() > 0);

    let path = format!("/v1/responses/{}", id_of(&cut));
    let rest = get(&router, &format!("{path}?stream=true&starting_after=2"), &key).await;
    assert!(rest.text().contains("response.completed"), "{}", rest.text());
    let again = get(&router, &format!("{path}?starting_after=0&stream=true"), &key).await;
    assert!(again.text().contains("response.completed"), "{}", again.text());
    let plain = get(&router, &path, &key).await.json();
    let row = only_row(&harness).await;
    assert_eq!((&row["status"], &row["input_tokens"]), (&json!("settled"), &json!(25)));
    assert_eq!(row["output_tokens"], plain["usage"]["output_tokens"]);
    assert_eq!(harness.windows().await[0]["settled"], plain["usage"]["total_tokens"]);
    assert_eq!(harness.open_calls().await, 0);
}

/// A resumed stream shows the rest of the events; the tools that the earlier ones used cost their fees all the same.
#[tokio::test]
async fn fees_of_tools_are_counted_from_the_rest_of_a_stream() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let body =
        json!({"background": true, "stream": true, "model": "gpt-5.6", "tools": [{"type": "web_search"}]});
    let whole = create(&router, &key, body.clone()).await;
    let events = whole.text().matches("\"sequence_number\"").count();
    let mut cut = body;
    cut["metadata"] = json!({"mock_fault": "truncated"});
    let cut = create(&router, &key, cut).await;
    let path = format!("/v1/responses/{}?stream=true&starting_after={}", id_of(&cut), events - 2);
    let rest = get(&router, &path, &key).await;
    assert_eq!(rest.text().matches("\"sequence_number\"").count(), 1, "{}", rest.text());
    let rows = rows(&harness).await;
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["fees"] != Value::Null, "{rows:#?}");
    assert_eq!(rows[0]["fees"], rows[1]["fees"]);
    assert_eq!(rows[0]["cost_pico_usd"], rows[1]["cost_pico_usd"]);
}

/// The sweeper was first, so the retrieval corrects its estimate.
#[tokio::test]
async fn retrieval_after_the_deadline_corrects_the_estimate() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.limit(Metric::Tokens, 100_000).create().await;
    let path = start(&router, &key, 0).await;
    let deadline = "select deadline_at - opened_at = interval '24 hours' as is_a_day from open_calls";
    assert_eq!(harness.db.rows(deadline).await, [json!({"is_a_day": true})]);
    harness.db.execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'").await;
    let database = harness.db.open();
    assert_eq!(calls::sweep(&database).await.unwrap().len(), 1);
    calls::release_settled(&database).await.unwrap();
    let abandoned = only_row(&harness).await;
    assert_eq!((&abandoned["status"], &abandoned["output_tokens"]), (&json!("abandoned"), &json!(500)));
    rollups::seal(&database, rollups::Pace::default()).await.unwrap();

    let usage = get(&router, &path, &key).await.json()["usage"].clone();
    let rows = rows(&harness).await;
    assert_eq!((rows.len(), &rows[1]["status"]), (2, &json!("settled")));
    let sum = |column: &str| rows.iter().map(|row| row[column].as_i64().unwrap()).sum::<i64>();
    assert_eq!(
        (json!(sum("input_tokens")), json!(sum("output_tokens"))),
        (usage["input_tokens"].clone(), usage["output_tokens"].clone())
    );
    assert_eq!(harness.windows().await[0]["settled"], usage["total_tokens"]);
    // The latency came with the correction: it is counted once, and nothing is subtracted.
    rollups::seal(&database, rollups::Pace::default()).await.unwrap();
    let differences = rollups::check_all(&database).await.unwrap();
    assert_eq!(differences.differences, 0);
    get(&router, &path, &key).await;
    assert_eq!(self::rows(&harness).await.len(), 2);
}

#[tokio::test]
async fn repeated_creation_is_refused_while_the_first_is_open() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let create = async || {
        let body = json!({"model": "gpt-4o-mini", "input": "Hello", "background": true});
        let mut create = request(Method::POST, "/v1/responses", &key, body.to_string());
        create.headers_mut().insert("idempotency-key", "one".parse().unwrap());
        send(&router, create).await
    };
    let first = create().await;
    let repeated = create().await;
    assert_eq!(
        (repeated.status, &repeated.json()["error"]["code"]),
        (StatusCode::CONFLICT, &json!("idempotency_in_progress"))
    );
    let path = format!("/v1/responses/{}", id_of(&first));
    assert_eq!(get(&router, &path, &key).await.json()["status"], "completed");
    assert_eq!(create().await.status, StatusCode::OK);
}

/// Their provider keys are stored nowhere, so no one else can ask the provider.
#[tokio::test]
async fn call_with_a_callers_own_provider_key_is_settled_by_that_caller_alone() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let path = start(&router, "sk-of-the-caller", 0).await;
    let polled = "select next_poll_at = 'infinity' as is_never, call::text like '%sk-of%' as has_key from background_calls";
    assert_eq!(harness.db.rows(polled).await, [json!({"is_never": true, "has_key": false})]);
    assert_eq!(get(&router, &path, "sk-of-the-caller").await.json()["status"], "completed");
    assert_eq!(only_row(&harness).await["status"], "settled");
    assert_eq!(harness.open_calls().await, 0);
}

/// Text of the conversation is stored nowhere, not even while a call is open.
#[tokio::test]
async fn stored_facts_hold_nothing_of_the_conversation() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    create(
        &router,
        &key,
        json!({"background": true, "input": "a secret plan", "instructions": "hidden", "user": "ann"}),
    )
    .await;
    let facts = harness.db.rows("select call::text as facts from background_calls").await.remove(0);
    let facts = facts["facts"].as_str().unwrap();
    assert!(facts.contains("ann") && !facts.contains("secret") && !facts.contains("hidden"), "{facts}");
}

#[tokio::test]
async fn every_action_on_an_unfinished_response_counts_as_a_request_alone() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    harness.limit(Metric::Requests, 100).create().await;
    let path = start(&router, &key, 9).await;
    for (method, action) in
        [(Method::GET, ""), (Method::GET, "/input_items"), (Method::POST, "/cancel"), (Method::DELETE, "")]
    {
        let reply = call(&router, method, &format!("{path}{action}"), &key).await;
        assert_eq!(reply.status, StatusCode::OK, "{action}: {}", reply.text());
    }
    let row = only_row(&harness).await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("estimated"), &json!("cancelled")));
    assert_eq!(harness.windows().await[0]["settled"], 5);
}

#[tokio::test]
async fn deadline_is_a_setting_with_bounds() {
    let harness = Harness::start().await;
    let config = |hours: &str| {
        chat::Config::from_env(&harness.environment("chat", &[("BACKGROUND_DEADLINE_HOURS", hours)]))
    };
    for hours in ["0", "721", "-1", "1.5", "day"] {
        let error = config(hours).err().expect(hours).to_string();
        assert!(error.contains("BACKGROUND_DEADLINE_HOURS"), "{error}");
    }
    assert_eq!(config("720").unwrap().background_deadline.as_secs(), 720 * 3600);
    let router = router(&harness, &[("BACKGROUND_DEADLINE_HOURS", "3")]).await;
    let key = harness.key().create().await;
    start(&router, &key, 0).await;
    let deadline = "select (deadline_at - opened_at)::text as deadline from open_calls";
    assert_eq!(harness.db.rows(deadline).await, [json!({"deadline": "03:00:00"})]);
    let body = json!({"model": "gpt-4o-mini", "input": "Hello"});
    assert_eq!(post(&router, "/v1/responses", &key, body).await.header("x-tokenmeter-settlement"), None);
}
