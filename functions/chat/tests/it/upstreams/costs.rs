//! What an upstream states as the cost of its answer, beside what the price rows give.

use axum::Router;
use domain::limits::Metric;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, Reply, post};

use super::{KEYS, add, hello};
use crate::router;
use crate::scripted::{ScriptedProvider, response};

/// Of 9 and 2 tokens by the price rows of `gpt-4o`: 9 × 2.50 + 2 × 10.00 USD per million.
const TABLE: i64 = 42_500_000;

/// A usage object of 9 and 2 tokens with these members.
fn usage(members: &str) -> String {
    format!(r#"{{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11{members}}}"#)
}

fn plain(headers: &str, members: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"model":"gpt-4o","choices":[{{"index":0,"message":{{"content":"Hi"}},"finish_reason":"stop"}}],"usage":{}}}"#,
        usage(members)
    );
    response("200 OK", &format!("content-type: application/json\r\n{headers}"), body.as_bytes())
}

fn stream(headers: &str, events: &[String]) -> Vec<u8> {
    let body = events.iter().fold(String::new(), |body, event| body + "data: " + event + "\n\n");
    response("200 OK", &format!("content-type: text/event-stream\r\n{headers}"), body.as_bytes())
}

fn text_event(members: &str) -> String {
    let choice = r#"{"index":0,"delta":{"content":"Hi"},"finish_reason":null}"#;
    format!(r#"{{"model":"gpt-4o","choices":[{choice}],"usage":{}}}"#, usage(members))
}

fn last_event(members: &str) -> String {
    let choice = r#"{"index":0,"delta":{},"finish_reason":"stop"}"#;
    format!(r#"{{"model":"gpt-4o","choices":[{choice}],"usage":{}}}"#, usage(members))
}

struct Stack {
    harness: Harness,
    router: Router,
    key: String,
    upstream: ScriptedProvider,
}

impl Stack {
    /// An upstream `groq` that gives these answers, and whose figures count or not.
    async fn start(price_source: &str, answers: Vec<Vec<u8>>) -> Self {
        let harness = Harness::start().await;
        let upstream =
            ScriptedProvider::start(answers.into_iter().map(|answer| vec![vec![answer]]).collect()).await;
        let router = router(&harness, &KEYS).await;
        let key = harness.key().create().await;
        add(&harness, "groq", &upstream.base_url, &[("price_source", price_source)]).await;
        Self { harness, router, key, upstream }
    }

    async fn call(&self, changes: Value) -> Reply {
        let mut body = hello();
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        post(&self.router, "/groq/v1/chat/completions", &self.key, body).await
    }

    /// `[cost, stated, table, source]` of each call.
    async fn costs(&self) -> Vec<Value> {
        let columns = ["cost_pico_usd", "upstream_cost_pico_usd", "table_cost_pico_usd", "cost_source"];
        let rows = self.harness.ledger().await;
        rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect()
    }
}

#[tokio::test]
async fn stated_cost_is_the_cost_where_the_upstream_is_the_source() {
    let answers = vec![
        plain("", r#","cost":0.00005,"is_byok":false"#),
        plain("", r#","cost_in_usd_ticks":600000"#),
        plain("x-litellm-response-cost: 7e-05\r\n", r#","cost":0.1"#),
        plain("", r#","cost":0"#),
        // It states none, or what no call costs.
        plain("", ""),
        plain("x-litellm-response-cost: None\r\n", ""),
        plain("", r#","cost":-0.1"#),
        plain("x-litellm-response-cost: free\r\n", r#","cost":0.1"#),
    ];
    let stack = Stack::start("upstream", answers).await;
    for cost in ["0.00005", "0.00006", "0.00007", "0", "0.0000425", "0.0000425", "0.0000425", "0.0000425"] {
        let reply = stack.call(json!({})).await;
        assert_eq!((reply.status, reply.header("x-tokenmeter-cost-usd")), (StatusCode::OK, Some(cost)));
    }
    let of = |stated: i64| json!([stated, stated, TABLE, "upstream"]);
    let fallback = json!([TABLE, null, null, "fallback"]);
    assert_eq!(
        stack.costs().await,
        [
            of(50_000_000),
            of(60_000_000),
            of(70_000_000),
            of(0),
            fallback.clone(),
            fallback.clone(),
            fallback.clone(),
            fallback
        ]
    );
    assert!(stack.harness.ledger().await.iter().all(|row| row["upstream"] == json!("groq")));
}

#[tokio::test]
async fn stated_cost_is_compared_where_the_table_is_the_source() {
    let answers = vec![plain("", r#","cost":"0.00005""#), plain("", ""), plain("", r#","cost":{}"#)];
    let stack = Stack::start("table", answers).await;
    for _ in 0..3 {
        let reply = stack.call(json!({})).await;
        assert_eq!(reply.header("x-tokenmeter-cost-usd"), Some("0.0000425"));
    }
    let alone = json!([TABLE, null, null, null]);
    assert_eq!(stack.costs().await, [json!([TABLE, 50_000_000, TABLE, null]), alone.clone(), alone]);
}

#[tokio::test]
async fn last_statement_of_a_whole_stream_counts() {
    let done = "[DONE]".to_owned();
    let answers = vec![
        stream("", &[text_event(r#","cost":0.00001"#), last_event(r#","cost":0.00005"#), done.clone()]),
        // The head of a stream was written before the answer.
        stream("x-litellm-response-cost: 0.0\r\n", &[text_event(""), last_event(""), done]),
        // A running sum of an answer that broke off is no cost of it.
        stream("", &[text_event(r#","cost":0.00001"#)]),
    ];
    let stack = Stack::start("upstream", answers).await;
    for _ in 0..3 {
        stack.call(json!({"stream": true})).await.text();
    }
    let costs = stack.costs().await;
    assert_eq!(
        costs[..2],
        [json!([50_000_000, 50_000_000, TABLE, "upstream"]), json!([TABLE, null, null, "fallback"])]
    );
    assert_eq!((&costs[2][1], &costs[2][3]), (&json!(10_000_000), &json!("fallback")));
    assert!(costs[2][0].as_i64().unwrap() >= TABLE, "{costs:?}");
}

#[tokio::test]
async fn limit_reserves_by_the_table_and_books_what_is_stated() {
    let answers = vec![plain("", r#","cost":0.00005"#), plain("", r#","cost":1.5"#)];
    let stack = Stack::start("upstream", answers).await;
    stack.harness.limit(Metric::Usd, 2_000_000_000_000).create().await;
    // Without a price there is no bound, whatever the upstream will state.
    let refused = stack.call(json!({"model": "unheard-of"})).await;
    assert_eq!(refused.json()["error"]["code"], json!("model_not_priced"));
    // What exceeds a reservation is counted beside what was within it.
    let used = async || {
        let window = &stack.harness.windows().await[0];
        json!(window["settled"].as_i64().unwrap() + window["overrun"].as_i64().unwrap())
    };
    for (stated, sum, is_overrun) in
        [(50_000_000_i64, 50_000_000_i64, false), (1_500_000_000_000, 1_500_050_000_000, true)]
    {
        let reply = stack.call(json!({"max_tokens": 50})).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        assert_eq!(used().await, json!(sum));
        let rows = stack.harness.ledger().await;
        let row = rows.last().unwrap();
        assert_eq!((&row["cost_pico_usd"], &row["overrun"]), (&json!(stated), &json!(is_overrun)));
    }
    assert_eq!(stack.harness.windows().await[0]["reserved"], json!(0));
    assert_eq!(stack.upstream.requests().len(), 2);
}

#[tokio::test]
async fn call_without_a_price_costs_what_is_stated() {
    let stack = Stack::start("upstream", vec![plain("", r#","cost":0.25"#)]).await;
    // Registered since: none of its models has a price.
    stack.harness.db.execute("update upstreams set price_provider = 'groq'").await;
    stack.call(json!({})).await;
    let rows = stack.costs().await;
    assert_eq!(rows, [json!([250_000_000_000_i64, 250_000_000_000_i64, null, "upstream"])]);
}
