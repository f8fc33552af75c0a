//! A bill computed from exported calls is the summary's, with fees of tools, audio, attempts that were repeated, tiers
//! and long contexts, before and after a correction of a price.

use axum::Router;
use domain::keys::Scope;
use domain::money::PicoUsd;
use domain::pricing::cost;
use domain::usage::Usage;
use http::StatusCode;
use ledger::prices;
use serde_json::{Value, json};
use testkit::{Harness, get, post};

struct World {
    harness: Harness,
    chat: Router,
    summary: Router,
    admin: Router,
    key: String,
}

fn pico(value: &Value) -> i64 {
    value.as_str().unwrap().parse::<PicoUsd>().unwrap().as_pico()
}

fn usage_of(call: &Value) -> Usage {
    let count = |field: &str| call[field].as_i64().unwrap();
    Usage {
        input_tokens: count("input_tokens"),
        cached_tokens: count("cached_tokens"),
        cache_write_tokens: count("cache_write_tokens"),
        audio_input_tokens: count("audio_input_tokens"),
        output_tokens: count("output_tokens"),
        reasoning_tokens: count("reasoning_tokens"),
        audio_output_tokens: count("audio_output_tokens"),
        ..Usage::default()
    }
}

impl World {
    async fn start() -> Self {
        let harness = Harness::start().await;
        let chat = chat::Config::from_env(&harness.environment("chat", &[])).unwrap();
        let summary = summary::Config::from_env(&harness.environment("summary", &[])).unwrap();
        let admin = admin::Config::from_env(&harness.environment("admin", &[])).unwrap();
        Self {
            chat: chat::router(chat::ChatState::new(chat).await.unwrap()),
            summary: summary::router(summary::SummaryState::new(summary).await.unwrap()),
            admin: admin::router(admin::AdminState::new(admin).await.unwrap()),
            key: harness.key().scopes(&[Scope::Admin]).create().await,
            harness,
        }
    }

    async fn call(&self, path: &str, mut body: Value, controls: Value) {
        body["metadata"] = controls;
        let reply = post(&self.chat, path, &self.key, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }

    async fn admin(&self, path: &str, body: &Value) -> Value {
        let reply = post(&self.admin, path, &self.key, body.clone()).await;
        assert!(reply.status.is_success(), "{}", reply.text());
        reply.json()
    }

    /// The cost of all calls, by the rates and fees that their exported rows name; and what the summary says.
    async fn bills(&self) -> (i64, i64) {
        let book = prices::load(&self.harness.db.open()).await.unwrap();
        let export =
            get(&self.summary, "/api/usage/export?format=ndjson&cost=current", &self.key).await.text();
        let mut sum = 0;
        for line in export.lines() {
            let call: Value = serde_json::from_str(line).unwrap();
            let fees = call["fees"].as_array().into_iter().flatten();
            let fees: i64 = fees.map(|fee| pico(&fee["cost_usd"])).sum();
            let id = call["price_id"].as_i64().unwrap_or_else(|| panic!("unpriced: {call}"));
            let price = book.price(id).unwrap();
            let own = cost(price, &usage_of(&call)).unwrap().as_pico() + fees;
            assert_eq!(own, pico(&call["cost_usd"]), "{call}");
            sum += own;
        }
        let summary =
            get(&self.summary, "/api/usage/summary?group_by=endpoint&cost=current", &self.key).await.json();
        let rows = summary.as_array().unwrap();
        assert!(rows.iter().all(|row| row["unpriced_calls"] == 0), "{summary}");
        (sum, rows.iter().map(|row| pico(&row["cost_usd"])).sum())
    }
}

#[tokio::test]
async fn bill_computed_from_an_export_is_the_summary() {
    let world = World::start().await;
    let chat = |fields: Value| {
        let mut body = json!({"model": "gpt-5", "messages": [{"role": "user", "content": "hello there"}]});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        body
    };
    let tools = json!([{"type": "web_search"}, {"type": "file_search", "vector_store_ids": ["vs_1"]}]);
    let (completions, responses) = ("/v1/chat/completions", "/v1/responses");
    for (path, body, controls) in [
        (completions, chat(json!({})), json!({"mock_cached_tokens": "3", "mock_reasoning_tokens": "7"})),
        (completions, chat(json!({"service_tier": "priority"})), json!({"mock_prompt_tokens": "1001"})),
        (completions, chat(json!({"model": "gpt-4o-search-preview"})), json!({})),
        (
            completions,
            chat(json!({"model": "gpt-audio"})),
            json!({"mock_prompt_tokens": "500", "mock_input_audio_tokens": "301", "mock_output_audio_tokens": "5"}),
        ),
        (
            completions,
            chat(json!({})),
            json!({"mock_fault": "500-then-ok", "mock_refused_usage": "true", "mock_prompt_tokens": "77",
                "mock_retry_after_ms": "1"}),
        ),
        (
            completions,
            chat(json!({"model": "gpt-5.6-terra"})),
            json!({"mock_prompt_tokens": "272001", "mock_cache_write_tokens": "1000"}),
        ),
        (
            responses,
            json!({"model": "gpt-5", "input": "hello", "tools": tools}),
            json!({"mock_builtin_calls": "3"}),
        ),
        (responses, json!({"model": "gpt-5", "input": "hello", "tools": tools, "stream": true}), json!({})),
        ("/v1/embeddings", json!({"model": "text-embedding-3-small", "input": "hello"}), json!({})),
    ] {
        world.call(path, body, controls).await;
    }
    let (computed, summed) = world.bills().await;
    assert_eq!(computed, summed);
    // Four searches, four file searches, and one search of the search model.
    let fees = 4 * (10_000_000_000 + 2_500_000_000) + 25_000_000_000;
    assert!(summed > fees, "{summed}");

    // A correction changes what tokens cost; fees stay as they were charged.
    let effective_from = "2025-09-01T00:00:00Z";
    let price = json!({"model": "gpt-5", "effective_from": effective_from, "input": "2", "output": "20"});
    let preview = world.admin("/api/prices/preview", &price).await;
    let mut apply = price.clone();
    apply["preview"] = preview["preview"].clone();
    world.admin("/api/prices/apply", &apply).await;
    let (computed, summed_now) = world.bills().await;
    assert_eq!(computed, summed_now);
    assert!(summed_now > summed && summed_now > fees, "{summed_now} after {summed}");
}
