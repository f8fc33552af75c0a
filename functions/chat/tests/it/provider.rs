//! Providers that compress, quote our key, or name waits and media types in unusual ways.

mod connections;

use std::io::Write;

use domain::limits::{Metric, Period};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, post};

use crate::router;
use crate::scripted::{ScriptedProvider, response};

const PATH: &str = "/v1/chat/completions";
const COMPLETION: &str = r#"{"model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;
const EVENTS: [&str; 3] = [
    "data: {\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n",
    "data: {\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\ndata: [DONE]\n\n",
];
/// The key of `Harness::environment`.
const OUR_KEY: &str = "sk-mock-of-the-tests";

fn hello() -> Value {
    json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "stream_options": {"include_usage": true}
    })
}

fn streamed() -> Value {
    let mut body = hello();
    body["stream"] = json!(true);
    body
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Input tokens, output tokens and status of the only row.
async fn metered(harness: &Harness) -> (Value, Value, Value) {
    let row = harness.only_row().await;
    (row["input_tokens"].clone(), row["output_tokens"].clone(), row["status"].clone())
}

#[tokio::test]
async fn compressed_responses_are_decoded_although_none_was_asked_for() {
    for (headers, body, request, expected) in [
        (
            "content-type: application/json\r\ncontent-encoding: gzip\r\n",
            COMPLETION.to_owned(),
            hello(),
            COMPLETION.to_owned(),
        ),
        (
            "content-type: text/event-stream\r\ncontent-encoding: gzip\r\n",
            EVENTS.concat(),
            streamed(),
            EVENTS.concat(),
        ),
    ] {
        let harness = Harness::start().await;
        let provider = ScriptedProvider::once(response("200 OK", headers, &gzip(body.as_bytes()))).await;
        let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
        let reply = post(&router, PATH, &harness.key().create().await, request).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::OK, expected));
        assert_eq!(reply.header("content-encoding"), None);
        assert_eq!(metered(&harness).await, (json!(9), json!(2), json!("settled")));
        assert!(
            provider.requests()[0].contains("accept-encoding: identity\r\n"),
            "{}",
            provider.requests()[0]
        );
    }
}

#[tokio::test]
async fn encoding_that_cannot_be_decoded_is_relayed_with_its_header() {
    for request in [hello(), streamed()] {
        let harness = Harness::start().await;
        let headers = "content-type: text/event-stream\r\ncontent-encoding: br\r\n";
        let provider = ScriptedProvider::once(response("200 OK", headers, b"\x0b\x02\x80brotli\x03")).await;
        let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
        let reply = post(&router, PATH, &harness.key().create().await, request).await;
        assert_eq!(&reply.body[..], b"\x0b\x02\x80brotli\x03");
        assert_eq!(reply.header("content-encoding"), Some("br"));
        assert_eq!(harness.only_row().await["status"], "estimated");
    }
}

#[tokio::test]
async fn broken_compression_is_a_failed_call() {
    let harness = Harness::start().await;
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let provider = ScriptedProvider::once(response("200 OK", headers, COMPLETION.as_bytes())).await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    let reply = post(&router, PATH, &harness.key().create().await, hello()).await;
    assert_eq!(
        (reply.status, &reply.json()["error"]["code"]),
        (StatusCode::BAD_GATEWAY, &json!("upstream_malformed"))
    );
    assert_eq!(harness.only_row().await["error_code"], "upstream_malformed");
}

#[tokio::test]
async fn media_types_ignore_case_and_parameters() {
    for media_type in ["Text/Event-Stream", "text/event-stream;charset=UTF-8", "TEXT/EVENT-STREAM ; x=y"] {
        let harness = Harness::start().await;
        let headers = format!("Content-Type: {media_type}\r\n");
        let provider = ScriptedProvider::once(response("200 OK", &headers, EVENTS.concat().as_bytes())).await;
        let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
        let reply = post(&router, PATH, &harness.key().create().await, streamed()).await;
        assert_eq!(reply.text(), EVENTS.concat());
        assert_eq!(reply.header("cache-control"), Some("no-cache"), "{media_type} is a stream");
        assert_eq!(metered(&harness).await, (json!(9), json!(2), json!("settled")), "{media_type}");
    }
}

/// The provider may have billed the request, and a hard limit has reserved what one can use.
/// Servers may close a connection after 5 s, and a request that finds it closed is lost.
#[tokio::test]
async fn wait_until_a_date_is_measured_by_the_providers_clock() {
    let harness = Harness::start().await;
    // A second by the provider's clock, which is years behind ours.
    let headers = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sunday, 06-Nov-94 08:49:38 GMT\r\n";
    let limited = vec![response("429 Too Many Requests", headers, b"{}")];
    let fine = vec![response("200 OK", "content-type: application/json\r\n", COMPLETION.as_bytes())];
    let provider = ScriptedProvider::start(vec![vec![limited, fine]]).await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    let began = std::time::Instant::now();
    let reply = post(&router, PATH, &harness.key().create().await, hello()).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(began.elapsed() >= std::time::Duration::from_secs(1));
}

#[tokio::test]
async fn our_key_is_removed_from_bodies_headers_streams_and_the_ledger() {
    let escaped = OUR_KEY.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<Vec<_>>().concat();
    let headers =
        format!("content-type: application/json\r\nopenai-model: {OUR_KEY}\r\nx-request-id: {OUR_KEY}\r\n");
    for form in [OUR_KEY, &escaped] {
        let error = format!(
            r#"{{"error":{{"message":"bad key {form}","type":"{form}","code":"{form}","param":null}}}}"#
        );
        let fine = COMPLETION.replace("Hi", form);
        for (status, body) in
            [("400 Bad Request", error.as_str()), ("403 Forbidden", &error), ("200 OK", &fine)]
        {
            let harness = Harness::start().await;
            let provider = ScriptedProvider::once(response(status, &headers, body.as_bytes())).await;
            let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "0")];
            let router = router(&harness, &changes).await;
            let reply = post(&router, PATH, &harness.key().create().await, hello()).await;
            assert_eq!(reply.text(), body.replace(form, "[redacted]"));
            assert_eq!(reply.header("openai-model"), Some("[redacted]"));
            assert!(!format!("{:?}", reply.headers).contains(OUR_KEY));
            let row = harness.only_row().await;
            assert!(!row.to_string().contains(OUR_KEY), "{row}");
        }
    }
}

#[tokio::test]
async fn our_key_is_removed_from_a_stream_wherever_it_is_split() {
    let body = format!("{}{}", EVENTS[0].replace("Hi", &format!("key {OUR_KEY}.")), EVENTS[1..].concat());
    let whole = response("200 OK", "content-type: text/event-stream\r\n", body.as_bytes());
    let split = whole.windows(OUR_KEY.len()).position(|window| window == OUR_KEY.as_bytes()).unwrap() + 7;
    let harness = Harness::start().await;
    let pieces = vec![whole[..split].to_vec(), whole[split..].to_vec()];
    let provider = ScriptedProvider::start(vec![vec![pieces]]).await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    let reply = post(&router, PATH, &harness.key().create().await, streamed()).await;
    assert_eq!(reply.text(), body.replace(OUR_KEY, "[redacted]"));
    assert_eq!(metered(&harness).await, (json!(9), json!(2), json!("settled")));
}

#[tokio::test]
async fn refusal_of_our_key_is_not_blamed_on_the_caller() {
    let refusal = br#"{"error":{"message":"Incorrect API key provided: sk-mo***sts","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#;
    let refused = || response("401 Unauthorized", "content-type: application/json\r\n", refusal);
    for (path, body) in
        [(PATH, hello()), ("/api/llm/chat", json!({"user_label": "a", "model": "gpt-4o", "prompt": "x"}))]
    {
        let harness = Harness::start().await;
        let provider = ScriptedProvider::once(refused()).await;
        let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
        let reply = post(&router, path, &harness.key().create().await, body).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            reply.text().contains("provider_key_rejected") && !reply.text().contains("sk-mo"),
            "{}",
            reply.text()
        );
        assert_eq!(reply.header("x-should-retry"), Some("false"));
        let row = harness.only_row().await;
        assert_eq!((&row["http_status"], &row["error_code"]), (&json!(401), &json!("provider_key_rejected")));
    }
    // A key of the caller's own is theirs to correct.
    let harness = Harness::start().await;
    let provider = ScriptedProvider::once(refused()).await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    let reply = post(&router, PATH, "sk-callers-own-key", hello()).await;
    assert_eq!((reply.status, reply.body.as_ref()), (StatusCode::UNAUTHORIZED, &refusal[..]));
}

#[tokio::test]
async fn providers_rate_limits_are_relayed_unless_ours_are_shown() {
    let headers = "content-type: application/json\r\nx-ratelimit-remaining-requests: 77\r\nx-ratelimit-limit-tokens: 5\r\n";
    let events = EVENTS.concat();
    let refusal =
        r#"{"error":{"message":"Slow down.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#;
    let stream = headers.replace("application/json", "text/event-stream");
    let legacy = json!({"model": "gpt-4o-mini", "prompt": "Hello"});
    for (status, headers, body, path, request) in [
        ("200 OK", headers, COMPLETION, PATH, hello()),
        ("200 OK", &stream, &events, PATH, streamed()),
        ("429 Too Many Requests", headers, refusal, PATH, streamed()),
        ("400 Bad Request", headers, refusal, PATH, hello()),
        ("200 OK", headers, COMPLETION, "/v1/completions", legacy),
    ] {
        for (is_limited, requests, tokens) in [(false, Some("77"), Some("5")), (true, Some("9"), None)] {
            let harness = Harness::start().await;
            if is_limited {
                harness.limit(Metric::Requests, 10).per(Period::Day).create().await;
            }
            let provider = ScriptedProvider::once(response(status, headers, body.as_bytes())).await;
            let changes = [("OPENAI_API_BASE", provider.base_url.as_str()), ("UPSTREAM_MAX_RETRIES", "0")];
            let router = router(&harness, &changes).await;
            let reply = post(&router, path, &harness.key().create().await, request.clone()).await;
            let shown = |name: &str| reply.header(name);
            assert_eq!(
                shown("x-ratelimit-remaining-requests"),
                requests,
                "{status} {path}: {}",
                reply.text()
            );
            assert_eq!(shown("x-ratelimit-limit-tokens"), tokens, "{status} {path}");
        }
    }
}

#[tokio::test]
async fn reply_in_parts_is_joined() {
    let harness = Harness::start().await;
    let parts = r#"[{"type":"text","text":"Bon"},{"type":"text","text":"jour"}]"#;
    let body = COMPLETION.replace(r#""Hi""#, parts);
    let provider =
        ScriptedProvider::once(response("200 OK", "content-type: application/json\r\n", body.as_bytes()))
            .await;
    let router = router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
    let request = json!({"user_label": "a", "model": "gpt-4o-mini", "prompt": "Say hello in French."});
    let reply = post(&router, "/api/llm/chat", &harness.key().create().await, request).await;
    assert_eq!((reply.status, &reply.json()["content"]), (StatusCode::OK, &json!("Bonjour")));
}
