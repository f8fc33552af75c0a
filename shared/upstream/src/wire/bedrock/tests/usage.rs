use domain::calls::Endpoint;
use http::{HeaderMap, HeaderValue};

use super::counts;
use crate::wire::ResponseFields;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
}

fn read(endpoint: Endpoint, pairs: &[(&'static str, &'static str)], body: &str) -> ResponseFields {
    ResponseFields::parse_with_headers(endpoint, &headers(pairs), body.as_bytes()).unwrap()
}

#[test]
fn cache_counts_of_converse_are_beside_its_input() {
    for (usage, expected) in [
        (r#"{"inputTokens":25,"outputTokens":9,"totalTokens":34}"#, [Some(25), None, None, None, Some(9)]),
        (
            r#"{"inputTokens":6,"outputTokens":9,"totalTokens":34,"cacheReadInputTokens":10,"cacheWriteInputTokens":9,
            "cacheDetails":[{"ttl":"1h","inputTokens":4},{"ttl":"5m","inputTokens":5}]}"#,
            [Some(25), Some(10), Some(5), Some(4), Some(9)],
        ),
        (
            r#"{"inputTokens":6,"outputTokens":9,"cacheReadInputTokenCount":10,"cacheWriteInputTokenCount":9}"#,
            [Some(25), Some(10), Some(9), None, Some(9)],
        ),
        (
            r#"{"inputTokens":0,"outputTokens":9,"cacheReadInputTokens":25}"#,
            [Some(25), Some(25), None, None, Some(9)],
        ),
        (r#"{"outputTokens":9,"cacheReadInputTokens":25}"#, [None, Some(25), None, None, Some(9)]),
        (r#"{"inputTokens":0,"outputTokens":0}"#, [None, None, None, None, Some(0)]),
    ] {
        let body = format!(
            r#"{{"output":{{"message":{{"role":"assistant","content":[{{"text":"Hi"}}]}}}},"stopReason":"end_turn",
            "usage":{usage},"serviceTier":{{"type":"flex"}}}}"#
        );
        let fields = read(Endpoint::Converse, &[], &body);
        assert_eq!(counts(&fields.usage.unwrap().report), expected, "{usage}");
        assert_eq!((fields.service_tier.as_deref(), fields.is_whole), (Some("flex"), true));
    }
    let body = r#"{"output":{},"usage":{"inputTokens":-1,"outputTokens":"x"},"performanceConfig":{"latency":"optimized"},
        "serviceTier":{"type":"default"}}"#;
    let fields = read(Endpoint::Converse, &[], body);
    assert!(fields.usage.unwrap().report.has_unreadable_counts);
    assert_eq!(fields.service_tier.as_deref(), Some("optimized"));
}

#[test]
fn usage_of_invoke_is_claudes_own_or_that_of_the_headers() {
    let tokens = [
        ("x-amzn-bedrock-input-token-count", "6"),
        ("x-amzn-bedrock-output-token-count", "9"),
        ("x-amzn-bedrock-cache-read-input-token-count", "10"),
        ("x-amzn-bedrock-cache-write-input-token-count", "9"),
    ];
    let claude = r#"{"id":"msg_bdrk_1","type":"message","model":"claude-sonnet-4-5-20250929","content":[{"type":"text","text":"Hi"}],
        "usage":{"input_tokens":6,"cache_read_input_tokens":10,"cache_creation_input_tokens":9,
        "cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":4},"output_tokens":9}}"#;
    let of_claude = read(Endpoint::InvokeModel, &tokens, claude);
    assert_eq!(counts(&of_claude.usage.unwrap().report), [Some(25), Some(10), Some(5), Some(4), Some(9)]);
    let all = [Some(25), Some(10), Some(9), None, Some(9)];
    for body in [
        r#"{"generation":"Hi","stop_reason":"stop"}"#,
        r#"{"usage":{"inputTokens":1,"outputTokens":1}}"#,
        "<html>",
    ] {
        assert_eq!(counts(&read(Endpoint::InvokeModel, &tokens, body).usage.unwrap().report), all, "{body}");
    }
    let nova = r#"{"output":{},"usage":{"inputTokens":25,"outputTokens":9}}"#;
    let nova = read(Endpoint::InvokeModel, &[], nova).usage.unwrap().report;
    assert_eq!(counts(&nova), [Some(25), None, None, None, Some(9)]);
    let openai = r#"{"choices":[],"usage":{"prompt_tokens":25,"completion_tokens":9,"total_tokens":34}}"#;
    let openai = read(Endpoint::InvokeModel, &[], openai).usage.unwrap().report;
    assert_eq!(counts(&openai), [Some(25), None, None, None, Some(9)]);
    let embedding =
        read(Endpoint::InvokeModel, &tokens[..1], r#"{"embedding":[0.1],"inputTextTokenCount":6}"#);
    assert_eq!(counts(&embedding.usage.unwrap().report), [Some(6), None, None, None, Some(0)]);
    assert_eq!(read(Endpoint::InvokeModel, &[], r#"{"generation":"Hi"}"#).usage, None);
}

#[test]
fn errors_have_their_type_in_a_header() {
    let kind = [("x-amzn-errortype", "ThrottlingException:http://internal.amazon.com/coral/")];
    let error = read(Endpoint::Converse, &kind, r#"{"message":"Too many requests"}"#).error.unwrap();
    assert_eq!(error.kind.as_deref(), Some("ThrottlingException"));
    assert_eq!(
        (error.recorded_code().as_str(), error.message.as_deref()),
        ("ThrottlingException", Some("Too many requests"))
    );
    assert!(!error.rejects_key());
    for (kind, message) in [
        ("UnrecognizedClientException", "The security token included in the request is invalid."),
        ("AccessDeniedException", "Authentication failed: Please make sure your API Key is valid."),
    ] {
        let body = format!(r#"{{"Message":"{message}"}}"#);
        assert!(
            read(Endpoint::Converse, &[("x-amzn-errortype", kind)], &body).error.unwrap().rejects_key(),
            "{kind}"
        );
    }
    let answer = r#"{"output":{},"message":"x","usage":{"inputTokens":1,"outputTokens":1}}"#;
    assert_eq!(read(Endpoint::Converse, &[], answer).error, None);
}
