use bytes::Bytes;
use domain::calls::Endpoint;
use domain::usage::{Usage, UsageQuality};
use proptest::prelude::*;

use super::*;

fn parse(endpoint: Endpoint, body: &str) -> Result<RequestBody, RequestError> {
    RequestBody::parse(endpoint, Bytes::copy_from_slice(body.as_bytes()))
}

fn chat(body: &str) -> RequestBody {
    parse(Endpoint::ChatCompletions, body).unwrap()
}

fn sent(body: &RequestBody) -> String {
    String::from_utf8(body.to_bytes().to_vec()).unwrap()
}

#[test]
fn metering_reads_its_members() {
    let body = chat(
        r#"{"model":"gpt-5.6","stream":true,"n":3,"max_completion_tokens":64,"service_tier":"flex","user":"u",
            "safety_identifier":"s","metadata":{"user_label":"search"},"stream_options":{"include_usage":true}}"#,
    );
    assert_eq!((body.model.as_str(), body.stream, body.n, body.output_bound), ("gpt-5.6", true, 3, Some(64)));
    assert_eq!(body.service_tier.as_deref(), Some("flex"));
    assert_eq!(body.user.as_deref(), Some("u"));
    assert_eq!(body.safety_identifier.as_deref(), Some("s"));
    assert_eq!(body.metadata_label.as_deref(), Some("search"));
    assert!(body.include_usage);
}

#[test]
fn null_equals_absent() {
    for text in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","stream":null,"n":null,"max_tokens":null,"user":null,"metadata":null,"stream_options":null}"#,
    ] {
        let body = chat(text);
        assert_eq!((body.stream, body.n, body.output_bound, body.include_usage), (false, 1, None, false));
        assert_eq!((body.user, body.metadata_label), (None, None));
    }
}

#[test]
fn each_endpoint_has_its_own_output_bound() {
    let text = r#"{"model":"m","max_tokens":1,"max_completion_tokens":2,"max_output_tokens":3,"n":4}"#;
    let read = |kind| parse(kind, text).map(|body| (body.output_bound, body.n)).unwrap();
    assert_eq!(read(Endpoint::ChatCompletions), (Some(2), 4));
    assert_eq!(read(Endpoint::Responses), (Some(3), 1));
    assert_eq!(read(Endpoint::Embeddings), (None, 1));
    assert_eq!(chat(r#"{"model":"m","max_tokens":9}"#).output_bound, Some(9));
}

#[test]
fn refused_body_names_its_error() {
    let error = |body: &str| parse(Endpoint::ChatCompletions, body).unwrap_err();
    assert_eq!(error(r#"{"model":"m",}"#), RequestError::NotJson { offset: 13 });
    assert_eq!(error("{\"model\":\n\"m\" x}"), RequestError::NotJson { offset: 14 });
    assert!(matches!(error(""), RequestError::NotJson { .. }));
    assert!(matches!(error(r#"{"model":"m"} {}"#), RequestError::NotJson { .. }));
    assert_eq!(error("[]"), RequestError::NotAnObject);
    assert_eq!(error("\"text\""), RequestError::NotAnObject);
    assert_eq!(error("{}"), RequestError::Missing { param: "model" });
    assert_eq!(error(r#"{"model":null}"#), RequestError::Missing { param: "model" });
    assert_eq!(error(r#"{"model":" "}"#), RequestError::Empty { param: "model" });
    for (body, param) in [
        (r#"{"model":5}"#, "model"),
        (r#"{"model":"m","stream":"yes"}"#, "stream"),
        (r#"{"model":"m","n":-1}"#, "n"),
        (r#"{"model":"m","n":1.5}"#, "n"),
        (r#"{"model":"m","max_tokens":"9"}"#, "max_tokens"),
        (r#"{"model":"m","max_completion_tokens":99999999999999999999}"#, "max_completion_tokens"),
        (r#"{"model":"m","user":{}}"#, "user"),
        (r#"{"model":"m","metadata":{"user_label":1}}"#, "metadata.user_label"),
        (r#"{"model":"m","stream_options":[]}"#, "stream_options"),
        (r#"{"model":"m","stream_options":{"include_usage":1}}"#, "stream_options.include_usage"),
        (r#"{"model":"m","service_tier":1}"#, "service_tier"),
    ] {
        let error = error(body);
        assert!(matches!(error, RequestError::WrongType { .. }), "{body}: {error:?}");
        assert_eq!(error.param(), Some(param), "{body}");
    }
    let invalid = RequestBody::parse(Endpoint::ChatCompletions, Bytes::from_static(b"{\"model\":\"\xFF\"}"));
    assert_eq!(invalid.unwrap_err(), RequestError::NotJson { offset: 10 });
}

#[test]
fn duplicate_members_are_refused_even_if_escaped() {
    for body in [
        r#"{"model":"cheap","model":"dear"}"#,
        r#"{"model":"cheap","mod\u0065l":"dear"}"#,
        r#"{"model":"m","stream_options":{"include_usage":true,"include_usage":false}}"#,
        r#"{"model":"m","metadata":{"user_label":"a","user_label":"b"}}"#,
    ] {
        let error = parse(Endpoint::ChatCompletions, body).unwrap_err();
        assert!(matches!(error, RequestError::Duplicate { .. }), "{body}");
    }
}

#[test]
fn turning_on_include_usage_changes_nothing_else() {
    for (body, changed) in [
        (r#"{"model":"m"}"#, r#"{"model":"m","stream_options":{"include_usage":true}}"#),
        (
            "{ \"a\" : 1.50 , \"model\":\"m\" }\n",
            "{ \"a\" : 1.50 , \"model\":\"m\" ,\"stream_options\":{\"include_usage\":true}}\n",
        ),
        (
            r#"{"stream_options":null,"model":"m"}"#,
            r#"{"stream_options":{"include_usage":true},"model":"m"}"#,
        ),
        (r#"{"stream_options":{},"model":"m"}"#, r#"{"stream_options":{"include_usage":true},"model":"m"}"#),
        (
            r#"{"stream_options":{ "x":1},"model":"m"}"#,
            r#"{"stream_options":{"include_usage":true, "x":1},"model":"m"}"#,
        ),
        (
            r#"{"stream_options":{"include_usage" : false,"x":1},"model":"m"}"#,
            r#"{"stream_options":{"include_usage" : true,"x":1},"model":"m"}"#,
        ),
        (
            r#"{"stream_options":{"include_usage":true},"model":"m"}"#,
            r#"{"stream_options":{"include_usage":true},"model":"m"}"#,
        ),
    ] {
        assert_eq!(sent(&chat(body).with_include_usage()), changed);
    }
    assert!(
        !chat(r#"{"model":"m"}"#).with_include_usage().include_usage,
        "what the caller asked for is kept"
    );
}

#[test]
fn output_bound_replaces_the_callers_own() {
    for (kind, body, changed) in [
        (Endpoint::ChatCompletions, r#"{"model":"m"}"#, r#"{"model":"m","max_completion_tokens":7}"#),
        (Endpoint::ChatCompletions, r#"{"max_tokens":99,"model":"m"}"#, r#"{"max_tokens":7,"model":"m"}"#),
        (
            Endpoint::ChatCompletions,
            r#"{"max_completion_tokens":null,"model":"m"}"#,
            r#"{"max_completion_tokens":7,"model":"m"}"#,
        ),
        (
            Endpoint::Responses,
            r#"{"model":"m","max_tokens":1}"#,
            r#"{"model":"m","max_tokens":1,"max_output_tokens":7}"#,
        ),
        (Endpoint::Embeddings, r#"{"model":"m"}"#, r#"{"model":"m"}"#),
    ] {
        assert_eq!(sent(&parse(kind, body).unwrap().with_output_bound(7)), changed);
    }
}

#[test]
fn both_edits_apply_together() {
    let body = chat(r#"{"max_tokens":99,"model":"m"}"#).with_output_bound(5).with_include_usage();
    assert_eq!(sent(&body), r#"{"max_tokens":5,"model":"m","stream_options":{"include_usage":true}}"#);
    let body = chat(r#"{"model":"m"}"#).with_output_bound(5).with_include_usage();
    let sent: serde_json::Value = serde_json::from_slice(&body.to_bytes()).unwrap();
    assert_eq!(sent["max_completion_tokens"], 5);
    assert_eq!(sent["stream_options"]["include_usage"], true);
}

#[test]
fn deeply_nested_body_is_accepted() {
    let deep = format!(r#"{{"model":"m","x":{}{}}}"#, "[".repeat(500_000), "]".repeat(500_000));
    assert_eq!(sent(&chat(&deep)), deep);
    let deep = format!(r#"{{"model":"m","messages":{}{}}}"#, "[".repeat(500_000), "]".repeat(500_000));
    assert_eq!(chat(&deep).unbounded(), ["messages"]);
}

#[test]
fn ordinary_requests_are_bounded_by_their_bytes() {
    let body = chat(
        r#"{"model":"m","messages":[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"},
        {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},{"role":"assistant","content":null,"tool_calls":[]}],
        "tools":[{"type":"function","function":{"name":"f"}}]}"#,
    );
    assert!(body.unbounded().is_empty(), "{:?}", body.unbounded());
    let text = r#"{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"x"}]},
        {"type":null,"role":"assistant","content":""},{"role":"user","content":[]},
        {"type":"function_call_output","call_id":"c","output":"ok"},{"type":"reasoning","encrypted_content":"abc"}],
        "background":false,"previous_response_id":null,"tools":[{"type":"custom","name":"t"}]}"#;
    assert!(parse(Endpoint::Responses, text).unwrap().unbounded().is_empty());
    assert!(parse(Endpoint::Responses, r#"{"model":"m","input":"hi"}"#).unwrap().unbounded().is_empty());
    assert!(parse(Endpoint::Embeddings, r#"{"model":"m","input":["a"]}"#).unwrap().unbounded().is_empty());
}

#[test]
fn unbounded_parts_are_named() {
    for (kind, body, name) in [
        (Endpoint::Responses, r#"{"model":"m","previous_response_id":"resp_1"}"#, "previous_response_id"),
        (Endpoint::Responses, r#"{"model":"m","conversation":{"id":"c"}}"#, "conversation"),
        (Endpoint::Responses, r#"{"model":"m","prompt":{"id":"p"}}"#, "prompt"),
        (Endpoint::Responses, r#"{"model":"m","background":true}"#, "background"),
        (Endpoint::Responses, r#"{"model":"m","tools":[{"type":"web_search"}]}"#, "tools.web_search"),
        (Endpoint::Responses, r#"{"model":"m","tools":[{"name":"x"}]}"#, "tools.unknown"),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"type":"item_reference","id":"i"}]}"#,
            "input.item_reference",
        ),
        // A reference may omit its type.
        (Endpoint::Responses, r#"{"model":"m","input":[{"id":"msg_1"}]}"#, "input.item_reference"),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"id":"msg_1","type":null}]}"#,
            "input.item_reference",
        ),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"id":"msg_1","role":"user","content":null}]}"#,
            "input.item_reference",
        ),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"id":"msg_1","role":1,"content":"x"}]}"#,
            "input.item_reference",
        ),
        // The provider may take either of two members.
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"type":"item_reference","id":"i","type":"message"}]}"#,
            "input.type appears twice",
        ),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"id":"i","role":"user","content":null,"content":"x"}]}"#,
            "input.content appears twice",
        ),
        (
            Endpoint::ChatCompletions,
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","type":"text"}]}]}"#,
            "messages.type appears twice",
        ),
        (
            Endpoint::ChatCompletions,
            r#"{"model":"m","tools":[{"type":"web_search","t\u0079pe":"function"}]}"#,
            "tools.type appears twice",
        ),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[]}]}"#,
            "input.reasoning",
        ),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}"#,
            "input.input_file",
        ),
        (
            Endpoint::Responses,
            r#"{"model":"m","input":[{"type":"function_call_output","output":[{"type":"input_image"}]}]}"#,
            "input.input_image",
        ),
        (Endpoint::ChatCompletions, r#"{"model":"m","web_search_options":{}}"#, "web_search_options"),
        (
            Endpoint::ChatCompletions,
            r#"{"model":"m","messages":[{"content":[{"type":"image_url","image_url":{"url":"https://x"}}]}]}"#,
            "messages.image_url",
        ),
        (
            Endpoint::ChatCompletions,
            r#"{"model":"m","messages":[{"role":"assistant","audio":{"id":"a"}}]}"#,
            "messages.audio",
        ),
        (
            Endpoint::ChatCompletions,
            r#"{"model":"m","messages":[{"content":[{"type":"text"},{"type":"te\u0078t"},{"type":"hologram"}]}]}"#,
            "messages.hologram",
        ),
    ] {
        let found = parse(kind, body).unwrap().unbounded();
        assert_eq!(found, [name], "{body}");
    }
}

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

/// JSON values with unusual spacing, numbers and escapes.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-1.50e+3".to_owned()),
        Just("123456789012345678901234567890".to_owned()),
        Just(r#""\u00e9\ud83d\"\\}""#.to_owned()),
        "[a-zé{},:]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,"))),
            prop::collection::vec(inner, 0..4).prop_map(|items| {
                let members: Vec<String> = items.iter().map(|item| format!("\"k\" : {item}")).collect();
                format!("{{{}\n}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn other_members_stay_byte_for_byte(values in prop::collection::vec(any_json(), 0..5), at in 0_usize..5, bound: u32) {
        let mut members: Vec<String> =
            values.iter().enumerate().map(|(index, value)| format!("\"x{index}\" :{value}")).collect();
        members.insert(at.min(members.len()), "\"model\": \"m\"".to_owned());
        let text = format!("{{{} }}\n", members.join(" , "));
        let body = chat(&text);
        prop_assert_eq!(&sent(&body), &text);
        let changed = sent(&body.with_include_usage().with_output_bound(u64::from(bound)));
        let added = format!(r#","stream_options":{{"include_usage":true}},"max_completion_tokens":{bound}}}"#);
        prop_assert_eq!(changed.replacen(&added, "}", 1), text);
        prop_assert_eq!(chat(&changed).output_bound, Some(u64::from(bound)));
    }

    #[test]
    fn no_bytes_panic(body: Vec<u8>, text in "[\\[\\]{}\":,a-z0-9 ]{0,60}") {
        for bytes in [Bytes::from(body), Bytes::from(text)] {
            let _ = ResponseFields::parse(Endpoint::Responses, &bytes);
            if let Ok(body) = RequestBody::parse(Endpoint::ChatCompletions, bytes) {
                let _ = body.unbounded();
            }
        }
    }
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
        let parsed = super::parse_usage(object).unwrap();
        assert_eq!((parsed.usage.input_tokens, parsed.usage.output_tokens), (9, 4), "{object}");
        assert_eq!(parsed.quality, domain::usage::UsageQuality::Exact, "{object}");
    }
    let details = r#"{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},
        "input_tokens_details":{"cached_tokens":0},"output_tokens_details":{"reasoning_tokens":2},
        "completion_tokens_details":{"reasoning_tokens":0}}"#;
    let usage = super::parse_usage(details).unwrap().usage;
    assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (3, 2));
}
