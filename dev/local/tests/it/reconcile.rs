//! Reconciles calls through the service, and calls that bypass it, with the provider's reports.

mod attempts;

use axum::Router;
use domain::keys::Scope;
use http::StatusCode;
use maintain::{Event, Maintain};
use mock_provider::{Behaviour, Fault};
use serde_json::{Value, json};
use testkit::{Harness, get, post};

const PATH: &str = "/api/usage/reconcile";

struct World {
    harness: Harness,
    chat: Router,
    summary: Router,
    maintain: Maintain,
    key: String,
    reader: String,
}

impl World {
    async fn start() -> Self {
        let harness = Harness::start().await;
        let chat = chat::Config::from_env(&harness.environment("chat", &[])).unwrap();
        let summary = summary::Config::from_env(&harness.environment("summary", &[])).unwrap();
        let base = harness.mock.base_url();
        let admin = [
            ("OPENAI_ADMIN_KEY", "sk-admin-of-the-tests"),
            ("ANTHROPIC_ADMIN_KEY", "sk-ant-admin-of-the-tests"),
            ("ANTHROPIC_API_BASE", &base),
        ];
        let maintain = maintain::Config::from_env(&harness.environment("maintain", &admin)).unwrap();
        Self {
            chat: chat::router(chat::ChatState::new(chat).await.unwrap()),
            summary: summary::router(summary::SummaryState::new(summary).await.unwrap()),
            maintain: Maintain::new(maintain).unwrap(),
            key: harness.key().create().await,
            reader: harness.key().scopes(&[Scope::UsageRead]).create().await,
            harness,
        }
    }

    async fn call(&self, model: &str) {
        let body = json!({"model": model, "messages": [{"role": "user", "content": "hello there"}]});
        let reply = post(&self.chat, "/v1/chat/completions", &self.key, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }

    /// A call by another application with the same provider: this router has its own ledger.
    async fn call_bypassing_us(&self, model: &str) {
        let other = Harness::start().await;
        let environment = other.environment("chat", &[("OPENAI_API_BASE", &self.harness.mock.base_url())]);
        let config = chat::Config::from_env(&environment).unwrap();
        let router = chat::router(chat::ChatState::new(config).await.unwrap());
        let key = other.key().create().await;
        let body = json!({"model": model, "messages": [{"role": "user", "content": "hello there"}]});
        assert_eq!(post(&router, "/v1/chat/completions", &key, body).await.status, StatusCode::OK);
    }

    async fn fetch(&self) {
        let report = self.maintain.handle(Event::Reconcile).await.unwrap();
        let statuses: Vec<_> = report.provider_usage.iter().map(|run| run.status).collect();
        assert_eq!(statuses, ["complete", "complete"]);
    }

    /// Marks all days as final, as if they were long ago.
    async fn finish_days(&self) {
        self.harness.db.execute("update provider_days set is_final = true").await;
    }

    async fn rows(&self, query: &str) -> Vec<Value> {
        let reply = get(&self.summary, &format!("{PATH}{query}"), &self.reader).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let rows = reply.json()["rows"].as_array().unwrap().clone();
        // Around midnight, calls fall on two days; rows without provider data are not compared.
        rows.into_iter().filter(|row| !row["provider"].is_null()).collect()
    }

    /// The only row of a model.
    async fn row(&self, model: &str) -> Value {
        let mut rows = self.rows("?group_by=day,model").await;
        rows.retain(|row| row["model"] == model);
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }
}

#[tokio::test]
async fn calls_of_a_provider_are_compared_with_its_own_report() {
    let world = World::start().await;
    world.call("gpt-4o").await;
    let message = |model: &str| {
        json!({
            "model": model, "max_tokens": 20, "messages": [{"role": "user", "content": "hello there"}],
            "metadata": {"mock_cached_tokens": "3", "mock_cache_write_tokens": "2"}
        })
    };
    for model in ["claude-opus-5", "claude-opus-5", "claude-haiku-4-5"] {
        let reply = post(&world.chat, "/v1/messages", &world.key, message(model)).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
    let count = json!({"model": "claude-opus-5", "messages": [{"role": "user", "content": "hello there"}]});
    let counted = post(&world.chat, "/v1/messages/count_tokens", &world.key, count).await;
    assert_eq!(counted.status, StatusCode::OK, "{}", counted.text());
    world.fetch().await;
    world.finish_days().await;
    for is_sealed in [false, true] {
        for (query, calls) in [("", 1), ("?provider=openai", 1), ("?provider=anthropic", 3)] {
            let rows = world.rows(query).await;
            let sum = |side: &str, field: &str| -> i64 {
                rows.iter().filter_map(|row| row[side][field].as_i64()).sum()
            };
            assert_eq!(sum("ledger", "calls"), calls, "{query}: {rows:?}");
            assert!(sum("ledger", "input_tokens") > 0);
            for field in ["input_tokens", "cached_tokens", "output_tokens"] {
                assert_eq!(sum("ledger", field), sum("provider", field), "{query} {field}: {rows:?}");
            }
            for row in &rows {
                assert_eq!(
                    (&row["causes"], &row["difference"]["cost_usd"]),
                    (&json!([]), &json!("0")),
                    "{row}"
                );
                assert_eq!(row["provider"]["calls"].is_null(), query.contains("anthropic"), "{row}");
            }
        }
        if !is_sealed {
            let pace = ledger::rollups::Pace { margin: std::time::Duration::ZERO, ..Default::default() };
            ledger::rollups::seal(&world.harness.db.open(), pace).await.unwrap();
        }
    }
    let models = world.rows("?provider=anthropic&group_by=day,model").await;
    let mut names: Vec<_> = models.iter().map(|row| row["model"].as_str().unwrap()).collect();
    names.dedup();
    assert_eq!(names, ["claude-haiku-4-5-20251001", "claude-opus-5"]);
    assert!(models.iter().all(|row| row["causes"] == json!([])), "{models:?}");
    let refused = get(&world.summary, &format!("{PATH}?provider=google"), &world.reader).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("must be openai or anthropic"), "{}", refused.text());
}

#[tokio::test]
async fn reports_agree_on_metered_calls_and_differ_by_calls_that_bypass_us() {
    let world = World::start().await;
    for _ in 0..3 {
        world.call("gpt-4o").await;
    }
    world.call("gpt-4o-mini").await;
    // The provider's usage leaves out what is free.
    for (path, body) in [
        ("/v1/moderations", json!({"input": "hello there"})),
        ("/v1/responses/input_tokens", json!({"model": "gpt-4o", "input": "hello there"})),
    ] {
        assert_eq!(post(&world.chat, path, &world.key, body).await.status, StatusCode::OK);
    }
    // Another provider sends a bill of its own.
    world
        .harness
        .db
        .execute(
            "insert into usage_logs (id, key_id, started_at, user_label, provider, model, input_tokens, uncached_tokens,
                cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, cost_pico_usd, status, endpoint, stream, attempts)
            values (gen_random_uuid(), gen_random_uuid(), now(), 'a', 'anthropic', 'claude-haiku-4-5', 10, 10, 0, 0, 0, 5,
                0, 0, 35000000, 'settled', 'messages', false, 1)",
        )
        .await;
    world.fetch().await;
    let models = world.rows("?group_by=model").await;
    assert!(models.iter().all(|row| row["model"] != "claude-haiku-4-5"), "{models:?}");
    let row = world.row("gpt-4o-2024-11-20").await;
    assert_eq!((&row["causes"], &row["difference"]["cost_usd"]), (&json!([]), &json!("0")), "{row}");
    assert_eq!((&row["ledger"]["calls"], &row["provider"]["calls"]), (&json!(3), &json!(3)));
    assert_eq!(row["provider"]["cost_usd"], row["ledger"]["cost_usd"]);

    world.call_bypassing_us("gpt-4o").await;
    world.fetch().await;
    let row = world.row("gpt-4o-2024-11-20").await;
    assert_eq!(row["causes"], json!(["not_yet_final", "not_through_us"]));
    assert_eq!((&row["difference"]["calls"], &row["difference"]["cached_tokens"]), (&json!(1), &json!(0)));
    world.finish_days().await;
    assert_eq!(world.row("gpt-4o-2024-11-20").await["causes"], json!(["not_through_us"]));
    assert_eq!(world.row("gpt-4o-mini-2024-07-18").await["causes"], json!([]));
    // The sealed rollups show the same for the whole day.
    ledger::rollups::seal(
        &world.harness.db.open(),
        ledger::rollups::Pace { margin: std::time::Duration::ZERO, ..Default::default() },
    )
    .await
    .unwrap();
    let days = world.rows("").await;
    let day = days.last().unwrap();
    assert_eq!((&day["ledger"]["calls"], &day["provider"]["calls"]), (&json!(4), &json!(5)));
    assert_eq!(day["causes"], json!(["not_through_us"]));
    // All calls used one provider key, but the provider does not report costs per key.
    let keyed = world.rows("?group_by=model,key").await;
    assert!(keyed.iter().all(|row| row["api_key_id"].is_string() && row["provider"]["cost_usd"].is_null()));
}

#[tokio::test]
async fn estimates_and_price_differences_are_distinguished_from_foreign_calls() {
    let world = World::start().await;
    world.call("gpt-4o").await;
    world.harness.mock.set_rates("gpt-4o-2024-11-20", (5_000_000, 1_250_000, 10_000_000));
    let no_usage = Behaviour { fault: Some(Fault::NoUsage), ..Behaviour::default() };
    world.harness.mock.script([no_usage]);
    world.call("gpt-4o-mini").await;
    world.call("model-without-a-price").await;
    world.fetch().await;
    world.finish_days().await;
    assert_eq!(world.row("gpt-4o-2024-11-20").await["causes"], json!(["price_differs"]));
    let estimated = world.row("gpt-4o-mini-2024-07-18").await;
    assert_eq!(
        (&estimated["causes"], &estimated["ledger"]["estimated_calls"]),
        (&json!(["estimated_rows"]), &json!(1))
    );
    let unpriced = world.row("model-without-a-price").await;
    assert_eq!((&unpriced["causes"], &unpriced["ledger"]["cost_usd"]), (&json!(["unpriced"]), &Value::Null));
}

/// The provider bills tools in line items of their own.
#[tokio::test]
async fn fees_of_tools_are_compared_with_their_line_items() {
    let world = World::start().await;
    let response = json!({"model": "gpt-4o-mini", "input": "hello there", "max_tool_calls": 4, "tools": [
        {"type": "web_search_preview"}, {"type": "file_search", "vector_store_ids": ["vs_1"]},
        {"type": "code_interpreter", "container": {"type": "auto"}}]});
    let search = json!({"model": "gpt-4o-mini-search-preview", "messages": [{"role": "user", "content": "hello there"}]});
    for (path, body) in [("/v1/responses", &response), ("/v1/chat/completions", &search)] {
        world.harness.mock.set_rates("gpt-4o-mini-search-preview", (150_000, 150_000, 600_000));
        let reply = post(&world.chat, path, &world.key, body.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
    // Nothing is known of what an image costs, so the call has no price, and no fee of it is compared.
    let image = json!({"model": "gpt-4o", "input": "hello there", "tools": [{"type": "image_generation"}]});
    assert_eq!(post(&world.chat, "/v1/responses", &world.key, image).await.status, StatusCode::OK);
    world.fetch().await;
    world.finish_days().await;
    for (item, cost) in [("web search", "0.05"), ("file search", "0.0025"), ("code interpreter", "0.03")] {
        let row = world.row(item).await;
        assert_eq!(
            (&row["ledger"]["cost_usd"], &row["provider"]["cost_usd"]),
            (&json!(cost), &json!(cost)),
            "{row}"
        );
        assert_eq!((&row["ledger"]["calls"], &row["causes"]), (&json!(0), &json!([])), "{row}");
    }
    for (model, causes) in [
        ("gpt-4o-mini-2024-07-18", json!([])),
        ("gpt-4o-mini-search-preview", json!([])),
        ("gpt-4o-2024-11-20", json!(["unpriced"])),
    ] {
        let row = world.row(model).await;
        assert_eq!((&row["causes"], &row["difference"]["calls"]), (&causes, &json!(0)), "{row}");
    }
    // Storage passes no call: the ledger cannot have it.
    let storage = "insert into provider_costs (day, line_item, project_id, amount_pico_usd)
        select day, 'file search storage', 'proj_mock', 100000000000 from provider_days where provider = 'openai'";
    world.harness.db.execute(storage).await;
    let row =
        world.rows("?group_by=model").await.into_iter().find(|row| row["model"] == "file search storage");
    assert_eq!(row.unwrap()["causes"], json!(["not_through_us"]));
}

/// Stores a call that the provider counts on the day it began, and the days that were fetched.
async fn store_across_midnight(world: &World, started: &str, settled: &str, days: &str) {
    let day = &started[..10];
    let call = format!(
            "insert into usage_logs (id, key_id, started_at, created_at, user_label, model, served_model, input_tokens,
                uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, cost_pico_usd, status, endpoint, stream, attempts)
            values (gen_random_uuid(), gen_random_uuid(), '{started}', '{settled}', 'a', 'm', 'm-1', 10, 10, 0, 0, 0, 5, 0, 0, 0,
                'settled', 'responses', false, 1)"
    );
    world.harness.db.execute(&call).await;
    let provider_days = format!(
        "insert into provider_days
            select day, '2026-11-20T00:00:00Z', true, true
            from unnest('{{{days}}}'::date[]) as day;
        insert into provider_usage (day, requests, input_tokens, cached_tokens, cache_write_tokens,
            audio_input_tokens, output_tokens, audio_output_tokens, model, endpoint)
        values ('{day}', 1, 10, 0, 0, 0, 5, 0, 'm-1', 'completions')"
    );
    world.harness.db.execute(&provider_days).await;
}

/// Work in the background that was settled days after it began.
#[tokio::test]
async fn calls_of_several_days_differ_only_by_day() {
    let world = World::start().await;
    let days = "2026-11-02,2026-11-03,2026-11-04,2026-11-05";
    store_across_midnight(&world, "2026-11-02T12:00:00Z", "2026-11-05T09:00:00Z", days).await;
    let rows = world.rows("?from=2026-11-01&to=2026-11-07").await;
    let causes: Vec<_> =
        rows.iter().map(|row| (row["difference"]["calls"].clone(), row["causes"].clone())).collect();
    let (nothing, boundary) = (json!([]), json!(["boundary"]));
    let expected = [
        (json!(1), boundary.clone()),
        (json!(0), nothing.clone()),
        (json!(0), nothing),
        (json!(-1), boundary),
    ];
    assert_eq!(causes, expected);
}

#[tokio::test]
async fn calls_across_midnight_differ_only_by_day() {
    let world = World::start().await;
    store_across_midnight(&world, "2026-11-02T23:59:59Z", "2026-11-03T00:00:02Z", "2026-11-02,2026-11-03")
        .await;
    for query in ["?from=2026-11-01&to=2026-11-05", "?from=2026-11-02&to=2026-11-04&group_by=model"] {
        let rows = world.rows(query).await;
        let causes: Vec<_> =
            rows.iter().map(|row| (row["difference"]["calls"].clone(), row["causes"].clone())).collect();
        assert_eq!(causes, [(json!(1), json!(["boundary"])), (json!(-1), json!(["boundary"]))], "{query}");
    }
    let whole =
        get(&world.summary, &format!("{PATH}?from=2026-11-01&to=2026-11-05"), &world.reader).await.json();
    assert_eq!(whole["missing_days"], json!(["2026-11-01", "2026-11-04"]));
    let missing = &whole["rows"][0];
    assert_eq!((&missing["provider"], &missing["causes"]), (&Value::Null, &json!(["not_fetched"])));
    assert_eq!(whole["fetching"]["status"], "never");
}

#[tokio::test]
async fn reconciliation_needs_a_key_that_may_read_all_labels() {
    let world = World::start().await;
    let bound = world.harness.key().scopes(&[Scope::UsageRead]).label("search").create().await;
    for (key, status) in [(&world.key, 403), (&bound, 403), (&world.reader, 200), (&String::new(), 401)] {
        assert_eq!(get(&world.summary, PATH, key).await.status.as_u16(), status);
    }
    for query in [
        "from=2026-11-01T00:00:00Z",
        "from=2026-11-05&to=2026-11-04",
        "from=2026-01-01&to=2026-11-04",
        "group_by=label",
        "from=2026-11-01&from=2026-11-02",
        "user_label=a",
        "project_id=%00",
    ] {
        let reply = get(&world.summary, &format!("{PATH}?{query}"), &world.reader).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}
