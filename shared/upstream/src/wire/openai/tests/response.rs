//! Reading responses, their usage and their errors.

use domain::calls::Endpoint;
use domain::usage::{Usage, UsageQuality};

use crate::wire::{ErrorBody, ReportedUsage, ResponseFields, parse_usage};

fn usage_of(endpoint: Endpoint, usage: &str) -> Option<ReportedUsage> {
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
        ..Usage::default()
    };
    assert_eq!(parsed.report.reading(), (expected, UsageQuality::Exact));
    let parsed = usage_of(
        Endpoint::Responses,
        r#"{"input_tokens":7,"input_tokens_details":{"cached_tokens":3},"output_tokens":5,"output_tokens_details":null}"#,
    )
    .unwrap();
    let report = parsed.report;
    assert_eq!(
        (report.input_tokens, report.cached_tokens, report.output_tokens),
        (Some(7), Some(3), Some(5))
    );
    let parsed = usage_of(Endpoint::Embeddings, r#"{"prompt_tokens":8,"total_tokens":8}"#).unwrap();
    let report = parsed.report;
    assert_eq!((report.input_tokens, report.output_tokens, report.total_tokens), (Some(8), None, Some(8)));
    assert_eq!(parsed.raw, r#"{"prompt_tokens":8,"total_tokens":8}"#);
}

#[test]
fn zero_negative_fractional_and_excessive_counts_are_unknown() {
    for none in ["null", "[]", "5", "\"x\""] {
        assert_eq!(usage_of(Endpoint::ChatCompletions, none), None, "{none}");
    }
    for unknown in
        ["0", "-1", "1.5", "\"9\"", "1e30", "1000000001", "99999999999999999999999", "null", "NaN", "[]"]
    {
        for (input, output) in [("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens")] {
            let object = format!(r#"{{"{input}":{unknown},"{output}":{unknown},"total_tokens":{unknown}}}"#);
            let report = parse_usage(&object).unwrap().report;
            assert!(!report.has_counts(), "{object}");
            assert_eq!((report.input_tokens, report.total_tokens), (None, None), "{object}");
            assert_eq!(report.output_tokens, (unknown == "0").then_some(0), "{object}");
            assert_eq!(report.has_unreadable_counts, !matches!(unknown, "0" | "null"), "{object}");
        }
    }
    for odd in [
        r#"{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":[]}"#,
        r#"{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":"2"}}"#,
        r#"{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":-2}}"#,
        r#"{"prompt_tokens":1,"completion_tokens":1,"input_tokens":-1}"#,
    ] {
        let parsed = usage_of(Endpoint::ChatCompletions, odd).unwrap();
        assert_eq!(parsed.report.reading().1, UsageQuality::Estimated, "{odd}");
    }
    let whole =
        usage_of(Endpoint::ChatCompletions, r#"{"prompt_tokens":12.0,"completion_tokens":1e2}"#).unwrap();
    assert_eq!((whole.report.input_tokens, whole.report.output_tokens), (Some(12), Some(100)));
}

#[test]
fn two_counts_of_one_total_are_read_as_the_larger() {
    let report =
        parse_usage(r#"{"prompt_tokens":2008,"input_tokens":8,"completion_tokens":11,"total_tokens":2019}"#);
    let (usage, quality) = report.unwrap().report.reading();
    assert_eq!((usage.input_tokens, usage.output_tokens, quality), (2008, 11, UsageQuality::Exact));
    let report = parse_usage(r#"{"input_tokens":8,"prompt_tokens":2008,"completion_tokens":11}"#);
    let (usage, quality) = report.unwrap().report.reading();
    assert_eq!((usage.input_tokens, quality), (2008, UsageQuality::Estimated));
}

/// Values that are no JSON, and what surrounds them.
const BROKEN_VALUES: [&str; 8] =
    ["-Infinity", "NaN", "undefined", "+1", ".5", r#""\ud83d""#, "\"a\u{1}b\"", r#"{"x":[NaN,"}{"]}"#];

#[test]
fn broken_values_do_not_hide_what_is_beside_them() {
    for broken in BROKEN_VALUES {
        for body in [
            format!(
                r#"{{"logprob":{broken},"model":"m","usage":{{"prompt_tokens":9,"x":{broken},"completion_tokens":4}}}}"#
            ),
            format!(
                r#"{{ "usage" : {{"prompt_tokens":9,"completion_tokens":4}} , "model":"m", "a":[{broken}] }}"#
            ),
        ] {
            let read = ResponseFields::parse(Endpoint::ChatCompletions, body.as_bytes()).unwrap();
            let report = read.usage.unwrap().report;
            assert_eq!((report.input_tokens, report.output_tokens), (Some(9), Some(4)), "{body}");
            assert!(read.is_whole && read.served_model.as_deref() == Some("m"), "{body}");
        }
    }
    let invalid_utf8 = b"{\"a\":\"\xE2\x82\",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}";
    let read = ResponseFields::parse(Endpoint::ChatCompletions, invalid_utf8).unwrap();
    assert_eq!(read.usage.unwrap().report.input_tokens, Some(9));
}

#[test]
fn body_that_breaks_off_has_its_complete_members_only() {
    let body = r#"{"id":"x","usage":{"prompt_tokens":9,"completion_tokens":4},"model":"gpt"}"#;
    for length in 1..body.len() {
        let read = ResponseFields::parse(Endpoint::ChatCompletions, &body.as_bytes()[..length]).unwrap();
        assert!(!read.is_whole, "{length}");
        let complete = body.find("},\"model").unwrap() + 1;
        assert_eq!(read.usage.is_some(), length >= complete, "{length}");
    }
}

#[test]
fn error_on_a_success_status_fails_the_call_unless_something_was_used() {
    let usage = r#""usage":{"prompt_tokens":9,"completion_tokens":4}"#;
    let text = r#""choices":[{"message":{"content":"Hello"}}]"#;
    for (body, is_failed) in [
        (r#"{"error":{"message":"m"}}"#.to_owned(), true),
        (r#"{"error":"boom"}"#.to_owned(), true),
        (r#"{"error":{}}"#.to_owned(), true),
        (r#"{"object":"error","message":"m","code":400}"#.to_owned(), true),
        (r#"{"status":"failed","error":null,"output":[]}"#.to_owned(), true),
        (r#"{"error":{"message":"m"},"usage":{"prompt_tokens":0,"completion_tokens":0}}"#.to_owned(), true),
        (format!(r#"{{"error":{{"message":"m"}},{usage}}}"#), false),
        (format!(r#"{{"error":{{"message":"m"}},{text}}}"#), false),
        (format!(r#"{{"error":null,{text}}}"#), false),
        (r#"{"error":false}"#.to_owned(), false),
        (r#"{"status":"cancelled"}"#.to_owned(), false),
    ] {
        let read = ResponseFields::parse(Endpoint::Responses, body.as_bytes()).unwrap();
        assert_eq!(read.is_failed(), is_failed, "{body}");
    }
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
    for broken in [&b"<html>"[..], b"", b"[1]", b"\xFF"] {
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
        let (usage, quality) = parse_usage(object).unwrap().report.reading();
        assert_eq!((usage.input_tokens, usage.output_tokens), (9, 4), "{object}");
        assert_eq!(quality, UsageQuality::Exact, "{object}");
    }
    let details = r#"{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},
        "input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":2},
        "completion_tokens_details":{"reasoning_tokens":0}}"#;
    let usage = parse_usage(details).unwrap().report.reading().0;
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (3, 2));
}
