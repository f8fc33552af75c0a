//! Targets that do not answer: passed over until the first byte of an answer, and never after it.

use tokio::net::TcpListener;

use super::*;

const CUT_STREAM: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// Two targets, the first of which has a second.
async fn with_timeout(harness: &Harness, base_url: &str) -> Router {
    add(harness, "groq", base_url, &[("price_provider", "groq")]).await;
    let targets = json!([
        {"upstream": "groq", "model": "llama-3.3", "timeout_seconds": 1},
        {"upstream": "openai", "model": "gpt-4o-mini"},
    ]);
    add_route(harness, "openai", "fast", targets).await;
    router(harness, &KEYS).await
}

fn chunk(data: &str) -> Vec<u8> {
    format!("{:x}\r\n{data}\r\n", data.len()).into_bytes()
}

#[tokio::test]
async fn refused_connection_is_passed_over() {
    let harness = Harness::start().await;
    let (router, key) = (with_timeout(&harness, CLOSED).await, harness.key().create().await);
    // From the fourth call on, it is tried last.
    for tried in [2, 2, 2, 1] {
        let reply = post(&router, PATH, &key, hello("fast")).await;
        assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("openai")));
        let last = harness.ledger().await.pop().unwrap();
        assert_eq!(last["route"]["tries"].as_array().unwrap().len(), tried, "{last}");
    }
    let first = harness.ledger().await.remove(0);
    assert_eq!(first["route"]["tries"][0]["error_code"], "upstream_unreachable");
}

#[tokio::test]
async fn target_is_passed_over_that_does_not_begin_an_answer_in_time() {
    // One that accepts connections, and one that sends a head.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = (format!("http://{}/v1", silent.local_addr().unwrap()), silent);
    let headed =
        ScriptedProvider::start(vec![vec![vec![CUT_STREAM.as_bytes().to_vec()], vec![Vec::new()]]]).await;
    for (base_url, stream) in [(silent.0.as_str(), false), (headed.base_url.as_str(), true)] {
        let harness = Harness::start().await;
        let (router, key) = (with_timeout(&harness, base_url).await, harness.key().create().await);
        let mut body = hello("fast");
        body["stream"] = json!(stream);
        let reply = post(&router, PATH, &key, body).await;
        assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("openai")));
        assert_eq!(tries(&harness).await, ["groq null upstream_timeout", "openai 200 null"]);
        let row = harness.only_row().await;
        assert_eq!((&row["status"], &row["model"]), (&json!("settled"), &json!("gpt-4o-mini")));
    }
}

#[tokio::test]
async fn connection_that_breaks_before_the_first_byte_is_passed_over() {
    for response in [Vec::new(), vec![CUT_STREAM.as_bytes().to_vec()]] {
        let (harness, router, _groq, key) = world(vec![vec![response]]).await;
        let mut body = hello("fast");
        body["stream"] = json!(true);
        let reply = post(&router, PATH, &key, body).await;
        assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("openai")));
        assert_eq!(tries(&harness).await, ["groq null upstream_interrupted", "openai 200 null"]);
    }
}

#[tokio::test]
async fn stream_that_breaks_after_its_first_byte_is_the_answer() {
    let event = r#"data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#.to_owned() + "\n\n";
    let pieces = vec![CUT_STREAM.as_bytes().to_vec(), chunk(&event)];
    let (harness, router, _groq, key) = world(vec![vec![pieces]]).await;
    let mut body = hello("fast");
    body["stream"] = json!(true);
    let reply = post(&router, PATH, &key, body).await;
    assert_eq!((reply.status, reply.header("x-tokenmeter-upstream")), (StatusCode::OK, Some("groq")));
    assert!(reply.text().starts_with(&event), "{}", reply.text());
    assert_eq!(tries(&harness).await, ["groq 200 null"]);
    let row = harness.only_row().await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("estimated"), &json!("stream_truncated")));
    assert_eq!((harness.mock.counters().total.requests, harness.open_calls().await), (0, 0));
}

#[tokio::test]
async fn call_fails_where_no_target_can_be_reached() {
    let harness = Harness::start().await;
    for name in ["groq", "azure-eu"] {
        add(&harness, name, CLOSED, &[]).await;
    }
    route(&harness, "fast", &[("groq", "a"), ("azure-eu", "b")]).await;
    let changes = [KEYS[0], KEYS[1], ("UPSTREAM_MAX_RETRIES", "0")];
    let (router, key) = (router(&harness, &changes).await, harness.key().create().await);
    let reply = post(&router, PATH, &key, hello("fast")).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::BAD_GATEWAY, &json!("upstream_unreachable"))
    );
    assert_eq!(
        tries(&harness).await,
        ["groq null upstream_unreachable", "azure-eu null upstream_unreachable"]
    );
    let row = harness.only_row().await;
    assert_eq!(
        (&row["status"], &row["attempts"], &row["cost_pico_usd"]),
        (&json!("failed"), &json!(2), &json!(0))
    );
    assert_eq!(harness.open_calls().await, 0);
}
