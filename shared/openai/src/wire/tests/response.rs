//! Reading responses, their usage and their errors.

use domain::calls::Endpoint;
use domain::usage::{Usage, UsageQuality};

use crate::wire::{ErrorBody, ParsedUsage, ResponseFields, parse_usage};

fn usage_of(endpoint: Endpoint, usage: &str) -> Option<ParsedUsage> {
    ResponseFields::parse(endpoint, format!(r#"{{"usage":{usage}}}"#).as_bytes()).unwrap().usage
}

#[test]
fn usage_of_every_endpoint_is_read() {
    let parsed = usage_of(
        Endpoint::ChatCompletions,
        r#"{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,
            "prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10,"audio_tokens":5,"text_tokens":95},
            "completion_tokens_details":{"reasoning_tokens":12,"audio_tokens":3,"rejected_prediction_tokens":2}}"#,
    )
    .unwrap();
    let expected = Usage {
        input_tokens: 100,
        cached_tokens: 60,
        cache_write_tokens: 10,
        audio_input_tokens: 5,
        output_tokens: 20,
        reasoning_tokens: 12,
        audio_output_tokens: 3,
    };
    assert_eq!((parsed.usage, parsed.quality), (expected, UsageQuality::Exact));
    let parsed = usage_of(
        Endpoint::Responses,
        r#"{"input_tokens":7,"input_tokens_details":{"cached_tokens":3},"output_tokens":5,"output_tokens_details":null}"#,
    )
    .unwrap();
    assert_eq!(
        (parsed.usage.input_tokens, parsed.usage.cached_tokens, parsed.usage.output_tokens),
        (7, 3, 5)
    );
    let parsed = usage_of(Endpoint::Embeddings, r#"{"prompt_tokens":8,"total_tokens":8}"#).unwrap();
    assert_eq!(
        (parsed.usage.input_tokens, parsed.usage.output_tokens, parsed.quality),
        (8, 0, UsageQuality::Exact)
    );
    assert_eq!(parsed.raw, r#"{"prompt_tokens":8,"total_tokens":8}"#);
}

#[test]
fn malformed_usage_is_inconsistent_or_none_and_never_zero() {
    for none in [
        "null",
        "[]",
        "{}",
        "5",
        "\"x\"",
        r#"{"total_tokens":9}"#,
        r#"{"prompt_tokens":"9"}"#,
        r#"{"prompt_tokens":1.5}"#,
    ] {
        assert_eq!(usage_of(Endpoint::ChatCompletions, none), None, "{none}");
    }
    for odd in [
        r#"{"prompt_tokens":-1,"completion_tokens":1}"#,
        r#"{"prompt_tokens":1e30,"completion_tokens":1}"#,
        r#"{"prompt_tokens":99999999999999999999999,"completion_tokens":1}"#,
        r#"{"completion_tokens":1}"#,
        r#"{"prompt_tokens":1,"completion_tokens":"1"}"#,
        r#"{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":2}}"#,
        r#"{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":[]}"#,
        r#"{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":"2"}}"#,
    ] {
        let parsed = usage_of(Endpoint::ChatCompletions, odd).unwrap();
        assert_eq!(parsed.quality, UsageQuality::Inconsistent, "{odd}");
        assert!(parsed.usage.is_consistent());
    }
    let whole =
        usage_of(Endpoint::ChatCompletions, r#"{"prompt_tokens":12.0,"completion_tokens":1e2}"#).unwrap();
    assert_eq!((whole.usage.input_tokens, whole.usage.output_tokens), (12, 100));
}

#[test]
fn response_fields_are_read_if_present() {
    let answer = ResponseFields::parse(
        Endpoint::Responses,
        br#"{"id":"resp_1","status":"queued","model":"gpt-5.6-sol","service_tier":"priority","usage":null,"error":null}"#,
    )
    .unwrap();
    assert_eq!(answer.id.as_deref(), Some("resp_1"));
    assert_eq!(answer.status.as_deref(), Some("queued"));
    assert_eq!(answer.served_model.as_deref(), Some("gpt-5.6-sol"));
    assert_eq!(answer.service_tier.as_deref(), Some("priority"));
    assert_eq!((answer.usage, answer.error), (None, None));
    let odd = br#"{"id":5,"model":[],"service_tier":{},"usage":"none","error":"boom"}"#;
    let answer = ResponseFields::parse(Endpoint::ChatCompletions, odd).unwrap();
    assert_eq!(answer.error.unwrap().message.as_deref(), Some("boom"));
    assert_eq!((answer.id, answer.served_model, answer.usage), (None, None, None));
    let refused = br#"{"error":{"message":"m","type":"insufficient_quota","param":null,"code":429}}"#;
    let error = ResponseFields::parse(Endpoint::ChatCompletions, refused).unwrap().error.unwrap();
    assert_eq!((error.kind.as_deref(), error.code.as_deref()), (Some("insufficient_quota"), Some("429")));
    for broken in [&b"<html>"[..], b"", b"[1]", b"{\"id\":\"x\"", b"\xFF"] {
        assert_eq!(ResponseFields::parse(Endpoint::ChatCompletions, broken), None);
    }
}

#[test]
fn error_body_has_all_four_members() {
    insta::assert_json_snapshot!(
        ErrorBody::new("invalid_request_error", None, Some("model"), "'model' is required"),
        @r#"
    {
      "error": {
        "message": "'model' is required",
        "type": "invalid_request_error",
        "param": "model",
        "code": null
      }
    }
    "#
    );
}

#[test]
fn zero_or_null_in_one_naming_scheme_does_not_override_the_other() {
    for object in [
        r#"{"prompt_tokens":9,"completion_tokens":4,"input_tokens":0,"output_tokens":0}"#,
        r#"{"input_tokens":0,"output_tokens":0,"prompt_tokens":9,"completion_tokens":4}"#,
        r#"{"prompt_tokens":9,"completion_tokens":4,"input_tokens":null,"output_tokens":null}"#,
        r#"{"input_tokens":null,"output_tokens":null,"prompt_tokens":9,"completion_tokens":4}"#,
        r#"{"prompt_tokens":9,"completion_tokens":4,"input_tokens":9,"output_tokens":4}"#,
    ] {
        let parsed = parse_usage(object).unwrap();
        assert_eq!((parsed.usage.input_tokens, parsed.usage.output_tokens), (9, 4), "{object}");
        assert_eq!(parsed.quality, UsageQuality::Exact, "{object}");
    }
    let details = r#"{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},
        "input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":2},
        "completion_tokens_details":{"reasoning_tokens":0}}"#;
    let usage = parse_usage(details).unwrap().usage;
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (3, 2));
}
