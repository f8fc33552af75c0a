//! Reading and changing request bodies.

use bytes::Bytes;
use domain::calls::Endpoint;

use super::{chat, parse, sent};
use crate::wire::{RequestBody, RequestError};

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
}

#[test]
fn bound_on_tool_calls_replaces_null_and_is_added_to_responses_only() {
    let response = |body: &str| parse(Endpoint::Responses, body).unwrap().with_max_tool_calls(3);
    assert_eq!(sent(&response(r#"{"model":"m"}"#)), r#"{"model":"m","max_tool_calls":3}"#);
    assert_eq!(
        sent(&response(r#"{"max_tool_calls": null ,"model":"m"}"#)),
        r#"{"max_tool_calls": 3 ,"model":"m"}"#
    );
    let both = response(r#"{"model":"m"}"#).with_output_bound(5);
    let both: serde_json::Value = serde_json::from_slice(&both.to_bytes()).unwrap();
    assert_eq!((&both["max_tool_calls"], &both["max_output_tokens"]), (&3.into(), &5.into()));
    assert_eq!(sent(&chat(r#"{"model":"m"}"#).with_max_tool_calls(3)), r#"{"model":"m"}"#);
    for wrong in ["-1", "1.5", "\"3\"", "{}"] {
        let body = format!(r#"{{"model":"m","max_tool_calls":{wrong}}}"#);
        assert!(RequestBody::parse(Endpoint::Responses, body.into()).is_err(), "{wrong}");
    }
}

#[test]
fn legacy_completion_generates_every_candidate_of_every_prompt() {
    let choices = |members: &str| {
        let body = parse(Endpoint::Completions, &format!(r#"{{"model":"m"{members}}}"#)).unwrap();
        (body.n, body.hides_choices())
    };
    for (members, expected) in [
        ("", (1, false)),
        (r#","prompt":null"#, (1, false)),
        (r#","prompt":"a","n":3"#, (3, false)),
        (r#","prompt":[],"n":2"#, (2, false)),
        (r#","prompt":[1,2,3],"n":2"#, (2, false)),
        (r#","prompt":[[1,2],[3]],"n":2"#, (4, false)),
        (r#","prompt":["a","b","c"],"best_of":4"#, (12, true)),
        (r#","prompt":"a","n":3,"best_of":2"#, (3, false)),
        (r#","prompt":"a","n":0,"best_of":0"#, (1, false)),
        // The provider refuses such a list; counting each item is safe.
        (r#","prompt":["a",1]"#, (2, false)),
    ] {
        assert_eq!(choices(members), expected, "{members}");
    }
    let wrong = parse(Endpoint::Completions, r#"{"model":"m","best_of":-1}"#).unwrap_err();
    assert_eq!(wrong.param(), Some("best_of"));
}

#[test]
fn only_moderation_has_a_default_model() {
    let model = |endpoint| parse(endpoint, r#"{"input":"a"}"#).map(|body| body.model);
    assert_eq!(model(Endpoint::Moderations).unwrap(), "omni-moderation-latest");
    for endpoint in [Endpoint::ResponsesInputTokens, Endpoint::ResponsesCompact, Endpoint::Completions] {
        assert_eq!(model(endpoint), Err(RequestError::Missing { param: "model" }));
    }
}

#[test]
fn another_model_replaces_the_value_of_its_member_alone() {
    let of = |endpoint, body: &str| {
        let parsed = RequestBody::parse(endpoint, Bytes::from(body.to_owned())).unwrap();
        String::from_utf8(parsed.with_model("a \"b\"").to_bytes().to_vec()).unwrap()
    };
    assert_eq!(
        of(Endpoint::ChatCompletions, r#"{ "model" : "fast", "metadata": {"model": "fast"} }"#),
        r#"{ "model" : "a \"b\"", "metadata": {"model": "fast"} }"#
    );
    // The model of moderations may be left out.
    assert_eq!(of(Endpoint::Moderations, r#"{"input":"x"}"#), r#"{"input":"x","model":"a \"b\""}"#);
    let all = RequestBody::parse(Endpoint::ChatCompletions, r#"{"model":"m","stream":true}"#.into()).unwrap();
    let all = all.with_model("n").with_include_usage().with_output_bound(7).to_bytes();
    assert_eq!(
        all,
        r#"{"model":"n","stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":7}"#
    );
}
