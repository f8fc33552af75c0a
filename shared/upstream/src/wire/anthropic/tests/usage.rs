//! What a message says was used.

use domain::pricing::ToolUses;

use super::{counts, message};
use crate::wire::ResponseFields;

#[test]
fn cache_is_counted_beside_the_input() {
    let cases = [
        (r#"{"input_tokens":27,"output_tokens":9}"#, [Some(27), None, None, None, Some(9)]),
        (
            r#"{"input_tokens":27,"cache_read_input_tokens":0,"cache_creation_input_tokens":null,"output_tokens":9}"#,
            [Some(27), None, None, None, Some(9)],
        ),
        (
            r#"{"input_tokens":10,"cache_read_input_tokens":1000,"cache_creation_input_tokens":300,
            "cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":9}"#,
            [Some(1310), Some(1000), Some(100), Some(200), Some(9)],
        ),
        // Without the split, what was written is kept for five minutes.
        (
            r#"{"input_tokens":10,"cache_creation_input_tokens":300,"output_tokens":9}"#,
            [Some(310), None, Some(300), None, Some(9)],
        ),
        // The results of tools are cached for five minutes by themselves.
        (
            r#"{"input_tokens":10,"cache_creation_input_tokens":300,
            "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":200},"output_tokens":9}"#,
            [Some(310), None, Some(100), Some(200), Some(9)],
        ),
        // The split alone.
        (
            r#"{"input_tokens":10,"cache_creation":{"ephemeral_1h_input_tokens":200},"output_tokens":9}"#,
            [Some(210), None, None, Some(200), Some(9)],
        ),
        // All of the input was in the cache.
        (
            r#"{"input_tokens":0,"cache_read_input_tokens":1000,"output_tokens":9}"#,
            [Some(1000), Some(1000), None, None, Some(9)],
        ),
        (r#"{"output_tokens":9}"#, [None, None, None, None, Some(9)]),
        (r#"{"cache_read_input_tokens":1000,"output_tokens":9}"#, [None, Some(1000), None, None, Some(9)]),
    ];
    for (usage, expected) in cases {
        let read = message(usage).usage.unwrap();
        assert_eq!(counts(&read.report), expected, "{usage}");
        assert_eq!(read.raw, usage);
        assert!(!read.report.has_unreadable_counts);
    }
}

#[test]
fn counts_that_cannot_be_true_are_unknown() {
    for wrong in ["-1", "1.5", r#""27""#, "1000000000000000", "[]"] {
        let read = message(&format!(r#"{{"input_tokens":{wrong},"output_tokens":9}}"#)).usage.unwrap();
        assert_eq!(read.report.input_tokens, None, "{wrong}");
        assert!(read.report.has_unreadable_counts, "{wrong}");
    }
}

#[test]
fn tier_is_what_was_used() {
    let cases = [
        (r#""service_tier":null"#, None),
        (r#""service_tier":"standard""#, Some("standard")),
        (r#""service_tier":"standard","speed":"standard","inference_geo":"not_available""#, Some("standard")),
        (r#""speed":"fast""#, Some("fast")),
        (r#""speed":"fast","inference_geo":"us""#, Some("fast-us")),
        (r#""inference_geo":"us","service_tier":"standard""#, Some("us")),
        (r#""inference_geo":"global""#, Some("global")),
        (r#""service_tier":"batch""#, Some("batch")),
    ];
    for (members, tier) in cases {
        let read = message(&format!(r#"{{"input_tokens":1,"output_tokens":1,{members}}}"#));
        assert_eq!(read.service_tier.as_deref(), tier, "{members}");
    }
}

#[test]
fn tools_of_the_provider_are_counted() {
    let read = message(
        r#"{"input_tokens":1,"output_tokens":1,"server_tool_use":{"web_search_requests":3,"web_fetch_requests":2}}"#,
    );
    assert_eq!(read.used_tools.counts(), ToolUses::from([("web_search".to_owned(), 3)]));
}

/// The model, input and output of each part.
fn parts(read: &ResponseFields) -> Vec<(Option<&str>, i64, i64)> {
    let counts = |part: &'_ crate::wire::ReportedPart| {
        (part.report.input_tokens.unwrap_or_default(), part.report.output_tokens.unwrap_or_default())
    };
    read.parts
        .iter()
        .map(|part| {
            let (input, output) = counts(part);
            (part.model.as_deref(), input, output)
        })
        .collect()
}

#[test]
fn steps_beside_the_answer_are_parts_of_the_call() {
    let with = |iterations: &str| {
        message(&format!(r#"{{"input_tokens":23000,"output_tokens":1000,"iterations":[{iterations}]}}"#))
    };
    let own = r#"{"type":"message","input_tokens":23000,"output_tokens":1000}"#;
    assert_eq!(parts(&with(own)), []);
    let compaction = r#"{"type":"compaction","input_tokens":180000,"output_tokens":3500}"#;
    assert_eq!(parts(&with(&format!("{compaction},{own}"))), [(None, 180_000, 3_500)]);
    let advisor = r#"{"type":"advisor_message","model":"claude-opus-5","input_tokens":800,"cache_read_input_tokens":50,"output_tokens":70}"#;
    assert_eq!(parts(&with(&format!("{own},{advisor}"))), [(Some("claude-opus-5"), 850, 70)]);
    // A step of an unknown kind may be billed separately.
    let unknown = r#"{"type":"reflection","model":"claude-x","input_tokens":5,"output_tokens":6}"#;
    assert_eq!(parts(&with(&format!("{own},{unknown}"))), [(Some("claude-x"), 5, 6)]);
}

#[test]
fn hop_that_a_fallback_replaced_is_billed_if_it_has_output() {
    let with = |output: u32| {
        message(&format!(
            r#"{{"input_tokens":40,"output_tokens":20,"iterations":[
            {{"type":"message","model":"claude-fable-5","input_tokens":30,"output_tokens":{output}}},
            {{"type":"fallback_message","model":"claude-opus-5-20260724","input_tokens":40,"output_tokens":20}}]}}"#
        ))
    };
    assert_eq!(parts(&with(0)), []);
    assert_eq!(parts(&with(7)), [(Some("claude-fable-5"), 30, 7)]);
    assert_eq!(with(7).served_model.as_deref(), Some("claude-opus-5-20260724"));
}

#[test]
fn refusal_before_any_output_is_not_billed() {
    let body = |output: u32, reason: &str| {
        let body = format!(
            r#"{{"model":"m","content":[],"stop_reason":"{reason}","usage":{{"input_tokens":9,"output_tokens":{output}}}}}"#
        );
        ResponseFields::parse(domain::calls::Endpoint::Messages, body.as_bytes()).unwrap().is_unbilled
    };
    assert!(body(0, "refusal"));
    assert!(!body(3, "refusal"));
    assert!(!body(0, "end_turn"));
}

#[test]
fn errors_are_read_from_anthropics_object() {
    let body =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#;
    let read = ResponseFields::parse(domain::calls::Endpoint::Messages, body.as_bytes()).unwrap();
    let error = read.error.clone().unwrap();
    assert_eq!(
        (error.recorded_code(), error.message.as_deref()),
        ("overloaded_error".to_owned(), Some("Overloaded"))
    );
    assert!(read.is_failed());
}
