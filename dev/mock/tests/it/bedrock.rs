//! Bedrock's Converse and Invoke: plain answers, binary messages, faults and credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use serde_json::{Value, json};

use crate::client::TestMock;

const NOVA: &str = "amazon.nova-pro-v1%3A0";

async fn post(mock: &TestMock, path: &str, body: &Value) -> Response {
    let url = format!("http://{}/model/{path}", mock.mock.address());
    mock.http.post(url).bearer_auth("bedrock-key").body(body.to_string()).send().await.unwrap()
}

fn hello(parameters: &[(&str, &str)]) -> Value {
    let mut body = json!({"messages": [{"role": "user", "content": [{"text": "one two three"}]}]});
    for (name, value) in parameters {
        body["requestMetadata"][format!("mock_{name}")] = json!(value);
    }
    body
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

/// The messages of a stream: name and payload, with both checksums compared.
fn messages(mut bytes: &[u8]) -> Vec<(String, Value)> {
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes[..4].try_into().unwrap());
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let (length, headers) = (number(bytes) as usize, number(&bytes[4..]) as usize);
        assert_eq!(crc32fast::hash(&bytes[..8]), number(&bytes[8..]));
        assert_eq!(crc32fast::hash(&bytes[..length - 4]), number(&bytes[length - 4..length]));
        let head = String::from_utf8_lossy(&bytes[12..12 + headers]).into_owned();
        messages.push((head, serde_json::from_slice(&bytes[12 + headers..length - 4]).unwrap()));
        bytes = &bytes[length..];
    }
    messages
}

#[tokio::test]
async fn converse_counts_the_cache_beside_the_input() {
    let mock = TestMock::start().await;
    let body = hello(&[("prompt_tokens", "25"), ("cached_tokens", "10"), ("cache_write_long_tokens", "4")]);
    let answer = json(post(&mock, &format!("{NOVA}/converse"), &body).await).await;
    let usage = &answer["usage"];
    assert_eq!(
        [&usage["inputTokens"], &usage["cacheReadInputTokens"], &usage["cacheWriteInputTokens"]],
        [&json!(11), &json!(10), &json!(4)]
    );
    assert_eq!(usage["cacheDetails"], json!([{"ttl": "1h", "inputTokens": 4}]));
    let streamed = post(&mock, &format!("{NOVA}/converse-stream"), &body).await;
    assert_eq!(streamed.headers()["content-type"], "application/vnd.amazon.eventstream");
    let messages = messages(&streamed.bytes().await.unwrap());
    let (name, last) = messages.last().unwrap();
    assert!(name.contains("metadata"));
    assert_eq!(&last["usage"], usage);
    assert!(messages[messages.len() - 2].0.contains("messageStop"));
    let counters = mock.mock.counters();
    assert_eq!((counters.total.answered_with_usage, counters.total.tokens.input_tokens), (2, 50));
}

#[tokio::test]
async fn invoke_has_the_format_of_the_vendor() {
    let mock = TestMock::start().await;
    let prompt = json!({"prompt": "one two three", "max_gen_len": 4});
    let answer = post(&mock, "meta.llama3-8b-instruct-v1%3A0/invoke", &prompt).await;
    assert_eq!(answer.headers()["x-amzn-bedrock-input-token-count"], "3");
    assert_eq!(answer.headers()["x-amzn-bedrock-output-token-count"], "4");
    let claude = json!({
        "anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "one two"}],
    });
    let path = "anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke-with-response-stream";
    let streamed = post(&mock, path, &claude).await.bytes().await.unwrap();
    let chunks = messages(&streamed);
    let last = STANDARD.decode(chunks.last().unwrap().1["bytes"].as_str().unwrap()).unwrap();
    let last: Value = serde_json::from_slice(&last).unwrap();
    assert_eq!(last["type"], "message_stop");
    assert_eq!(last["amazon-bedrock-invocationMetrics"]["outputTokenCount"], 9);
    let counted = json!({"input": {"invokeModel": {"body": STANDARD.encode(claude.to_string())}}});
    let counted = json(post(&mock, &format!("{NOVA}/count-tokens"), &counted).await).await;
    assert_eq!(counted, json!({"inputTokens": 8}));
}

#[tokio::test]
async fn faults_have_the_shape_of_aws() {
    let mock = TestMock::start().await;
    for (fault, status, kind) in [
        ("429", 429, "ThrottlingException"),
        ("quota", 400, "ServiceQuotaExceededException"),
        ("503", 503, "ServiceUnavailableException"),
    ] {
        let refused = post(&mock, &format!("{NOVA}/converse"), &hello(&[("fault", fault)])).await;
        assert_eq!(
            (refused.status().as_u16(), refused.headers()["x-amzn-errortype"].to_str().unwrap()),
            (status, kind)
        );
        assert!(refused.headers().contains_key("x-amzn-requestid"));
        assert!(json(refused).await["message"].is_string());
    }
    let failed =
        post(&mock, &format!("{NOVA}/converse-stream"), &hello(&[("fault", "error-in-stream")])).await;
    let messages = messages(&failed.bytes().await.unwrap());
    assert!(messages.last().unwrap().0.contains("modelStreamErrorException"));
    let unknown = post(&mock, &format!("{NOVA}/converse"), &hello(&[("fault", "refusal")])).await;
    assert_eq!(unknown.status(), 400);
}

#[tokio::test]
async fn request_has_a_key_or_a_signature() {
    let mock = TestMock::start().await;
    let url = format!("http://{}/model/{NOVA}/converse", mock.mock.address());
    let signature = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20261130/eu-central-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, \
         Signature={}",
        "0".repeat(64)
    );
    for (authorization, date, status) in [
        ("Bearer bedrock-key", "", 200),
        (&*signature, "20261130T000000Z", 200),
        (&*signature, "", 403),
        (&signature.replace("/bedrock/", "/s3/"), "20261130T000000Z", 403),
        ("Bearer tm_leaked", "", 403),
    ] {
        let mut request =
            mock.http.post(&url).header("authorization", authorization).body(hello(&[]).to_string());
        if !date.is_empty() {
            request = request.header("x-amz-date", date);
        }
        assert_eq!(request.send().await.unwrap().status(), status, "{authorization}");
    }
}
