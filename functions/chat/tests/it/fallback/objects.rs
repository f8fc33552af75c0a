//! Stored objects go where they were made.

use super::*;
use crate::stored::{call, create, id_of};

fn stored(id: &str) -> Vec<u8> {
    let body = json!({
        "id": id, "object": "response", "status": "completed", "model": "llama-3.3", "output": [],
        "usage": {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11},
    });
    response("200 OK", "content-type: application/json\r\n", body.to_string().as_bytes())
}

#[tokio::test]
async fn stored_response_is_read_and_continued_where_it_was_made() {
    let answers = ["resp_one", "resp_one", "resp_one", "resp_two"].map(|id| vec![stored(id)]);
    // The impatient client opens a connection of its own.
    let busy = vec![vec![refusing("429 Too Many Requests", "")]];
    let (harness, router, groq, key) = world(vec![answers.to_vec(), busy]).await;
    let made = create(&router, &key, json!({"model": "fast"})).await;
    assert_eq!((id_of(&made).as_str(), made.header("x-tokenmeter-upstream")), ("resp_one", Some("groq")));
    let read = call(&router, Method::GET, "/v1/responses/resp_one", &key).await;
    assert_eq!((read.status, read.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("groq")));
    assert!(groq.requests()[1].starts_with("GET /v1/responses/resp_one HTTP/1.1"), "{:?}", groq.requests());
    let below = call(&router, Method::GET, "/groq/v1/responses/resp_one", &key).await;
    assert_eq!((below.status, id_of(&below).as_str()), (StatusCode::OK, "resp_one"));
    let more = json!({"model": "fast", "previous_response_id": "resp_one"});
    let next = create(&router, &key, more.clone()).await;
    assert_eq!(id_of(&next), "resp_two");
    // No other target has it, so none is tried.
    let mut body = json!({"model": "fast", "input": "Hello", "previous_response_id": "resp_two"});
    body["metadata"] = json!({"mock_retry_after": "0.01"});
    let changes = [KEYS[0], ("UPSTREAM_MAX_RETRIES", "0")];
    let impatient = impatient_router(&harness, &changes).await;
    let reply = post(&impatient, "/v1/responses", &key, body).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{}", reply.text());
    assert_eq!(harness.mock.counters().total.requests, 0);
    harness
        .db
        .execute(r#"update model_routes set targets = '[{"upstream": "openai", "model": "gpt-4o"}]'"#)
        .await;
    let mut body = more;
    body["input"] = json!("Hello");
    let reply = post(&router, "/v1/responses", &key, body).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(
        reply.text().contains("`resp_one` was made at `groq`, which is not a target of `fast`"),
        "{}",
        reply.text()
    );
    // What a removed upstream had is gone.
    harness.db.execute("delete from upstreams").await;
    post(&router, PATH, &key, hello("gpt-4o")).await;
    let read = call(&router, Method::GET, "/v1/responses/resp_one", &key).await;
    assert_eq!(read.status, StatusCode::NOT_FOUND, "{}", read.text());
}

async fn impatient_router(harness: &Harness, changes: &[(&str, &str)]) -> Router {
    router(harness, changes).await
}

#[tokio::test]
async fn work_in_the_background_goes_to_the_provider_that_is_asked_about_it() {
    let (harness, router, groq, key) = world(Vec::new()).await;
    let body = json!({"model": "fast", "input": "Hello", "background": true});
    let reply = post(&router, "/v1/responses", &key, body.clone()).await;
    assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("openai")));
    harness.db.execute(r#"update model_routes set targets = '[{"upstream": "groq", "model": "x"}]'"#).await;
    let reply = post(&router, "/v1/responses", &key, body).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["param"]),
        (StatusCode::BAD_REQUEST, &json!("background"))
    );
    assert_eq!(groq.requests().len(), 0);
}
