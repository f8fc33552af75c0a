//! What is passed over, and what is the answer.

use super::*;

/// A usage in an error says that the provider has worked on the request.
const BILLED: &str = r#"{"error":{"message":"No.","code":"scripted"},"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;

#[tokio::test]
async fn errors_that_another_target_may_not_have_are_passed_over() {
    for (status, headers) in [
        ("408 Request Timeout", ""),
        ("409 Conflict", ""),
        ("429 Too Many Requests", ""),
        ("500 Internal Server Error", ""),
        ("502 Bad Gateway", ""),
        ("503 Service Unavailable", "x-should-retry: false\r\n"),
        ("529 Overloaded", ""),
        ("400 Bad Request", "x-should-retry: true\r\n"),
    ] {
        let (harness, router, groq, key) = world(vec![vec![vec![refusing(status, headers)]]]).await;
        let reply = post(&router, PATH, &key, hello("fast")).await;
        assert_eq!(reply.status, StatusCode::OK, "{status}: {}", reply.text());
        // Once: the next target is the retry.
        assert_eq!(groq.requests().len(), 1, "{status}");
        let code = &status[..3];
        assert_eq!(tries(&harness).await, [format!("groq {code} scripted"), "openai 200 null".to_owned()]);
    }
}

#[tokio::test]
async fn other_errors_are_the_answer() {
    let billed =
        response("500 Internal Server Error", "content-type: application/json\r\n", BILLED.as_bytes());
    for (status, answer) in [
        ("400", refusing("400 Bad Request", "")),
        ("403", refusing("403 Forbidden", "")),
        ("404", refusing("404 Not Found", "")),
        ("422", refusing("422 Unprocessable Content", "")),
        ("500", billed),
    ] {
        let (harness, router, _groq, key) = world(vec![vec![vec![answer]]]).await;
        let reply = post(&router, PATH, &key, hello("fast")).await;
        assert_eq!(reply.status.as_str(), status, "{}", reply.text());
        assert_eq!(reply.json()["error"]["code"], "scripted");
        assert_eq!(reply.header("x-tokenmeter-upstream"), Some("groq"));
        assert_eq!(tries(&harness).await, [format!("groq {status} scripted")]);
        assert_eq!(harness.mock.counters().total.requests, 0, "{status}");
    }
}

#[tokio::test]
async fn last_target_is_tried_as_often_as_any_upstream_and_its_answer_is_the_callers() {
    let (harness, router, _groq, key) =
        world(vec![vec![vec![refusing("500 Internal Server Error", "")]]]).await;
    harness.mock.script([Fault::ServerError, Fault::Overloaded, Fault::RateLimited]);
    let mut body = hello("fast");
    body["metadata"] = json!({"mock_retry_after": "0.01"});
    let reply = post(&router, PATH, &key, body).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{}", reply.text());
    let row = harness.only_row().await;
    assert_eq!(
        (&row["status"], &row["attempts"], &row["cost_pico_usd"], &row["model"]),
        (&json!("failed"), &json!(4), &json!(0), &json!("gpt-4o-mini"))
    );
    assert_eq!(tries(&harness).await, ["groq 500 scripted", "openai 429 rate_limit_exceeded"]);
    assert_eq!(row["route"]["tries"][1]["attempts"], 3);
    assert_eq!(harness.open_calls().await, 0);
}

#[tokio::test]
async fn each_target_gets_an_idempotency_key_of_its_own() {
    let (harness, router, groq, key) = world(vec![vec![vec![refusing("503 Service Unavailable", "")]]]).await;
    let mut request = request(Method::POST, PATH, &key, Body::from(hello("fast").to_string()));
    request.headers_mut().insert("idempotency-key", "once".parse().unwrap());
    let reply = send(&router, request).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let requests = groq.requests();
    let first = requests[0].lines().find_map(|line| line.strip_prefix("idempotency-key: ")).unwrap();
    let second = harness.mock.requests().pop().unwrap();
    let second = second.headers.get("idempotency-key").unwrap().to_str().unwrap().to_owned();
    assert!(first.len() == 64 && second.len() == 64 && first != second, "{first} {second}");
}
