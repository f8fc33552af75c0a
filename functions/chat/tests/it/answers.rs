//! What is made of answers that say little: unfinished ones, errors, none at all.

use http::StatusCode;
use serde_json::json;
use testkit::{Harness, post};

use crate::router;

#[tokio::test]
async fn answer_that_is_not_there_yet_is_estimated_by_the_output_it_may_still_have() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let mut body = json!({"model": "gpt-4o-mini", "input": "Hello", "background": true});
    for named in [None, Some(500)] {
        body["max_output_tokens"] = json!(named);
        let reply = post(&router, "/v1/responses", &key, body.clone()).await;
        assert_eq!(reply.json()["status"], "queued", "{}", reply.text());
    }
    let rows = harness.ledger().await;
    // The most that gpt-4o-mini answers with, and the caller's own bound.
    for (row, output) in rows.iter().zip([16_384, 500]) {
        assert_eq!((&row["status"], &row["output_tokens"]), (&json!("estimated"), &json!(output)));
        let input = row["input_tokens"].as_i64().unwrap();
        assert_eq!(row["cost_pico_usd"], input * 150_000 + output * 600_000);
    }
}
