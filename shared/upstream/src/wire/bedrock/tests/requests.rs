use domain::calls::Endpoint;

use super::{CLAUDE, NOVA, converse, parse};
use crate::wire::{RequestError, bare_bedrock_model};

#[test]
fn model_of_the_path_is_decoded_and_taken_out_of_an_arn() {
    for (path, model) in [
        ("amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        ("eu.amazon.nova-pro-v1%3A0", "eu.amazon.nova-pro-v1:0"),
        ("amazon.nova-pro-v1%253A0", "amazon.nova-pro-v1:0"),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        (
            "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.amazon.nova-pro-v1%3A0",
            "eu.amazon.nova-pro-v1:0",
        ),
        (
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
        ),
        ("arn:aws:bedrock", "arn:aws:bedrock"),
        ("%ZZ", "%ZZ"),
    ] {
        assert_eq!(bare_bedrock_model(path), model, "{path}");
    }
}

#[test]
fn missing_bound_is_filled_in_where_the_format_has_it() {
    for (endpoint, model, body, filled) in [
        (Endpoint::Converse, NOVA, "{}", r#"{"inferenceConfig":{"maxTokens":7}}"#),
        (Endpoint::Converse, NOVA, r#"{"a":1}"#, r#"{"a":1,"inferenceConfig":{"maxTokens":7}}"#),
        (Endpoint::Converse, NOVA, r#"{"inferenceConfig":null}"#, r#"{"inferenceConfig":{"maxTokens":7}}"#),
        (Endpoint::Converse, NOVA, r#"{"inferenceConfig":{}}"#, r#"{"inferenceConfig":{"maxTokens":7}}"#),
        (
            Endpoint::Converse,
            NOVA,
            r#"{"inferenceConfig":{"topP":1},"b":2}"#,
            r#"{"inferenceConfig":{"topP":1,"maxTokens":7},"b":2}"#,
        ),
        (
            Endpoint::Converse,
            NOVA,
            r#"{"inferenceConfig":{"maxTokens" : null}}"#,
            r#"{"inferenceConfig":{"maxTokens" : 7}}"#,
        ),
        (Endpoint::InvokeModel, CLAUDE, r#"{"messages":[]}"#, r#"{"messages":[],"max_tokens":7}"#),
        (
            Endpoint::InvokeModel,
            "meta.llama3-8b-instruct-v1:0",
            r#"{"prompt":""}"#,
            r#"{"prompt":"","max_gen_len":7}"#,
        ),
        (
            Endpoint::InvokeModel,
            "amazon.titan-text-express-v1",
            r#"{"inputText":""}"#,
            r#"{"inputText":"","textGenerationConfig":{"maxTokenCount":7}}"#,
        ),
        (Endpoint::InvokeModel, "openai.gpt-oss-120b-1:0", "{}", r#"{"max_tokens":7}"#),
        // Nothing is known of its format.
        (Endpoint::InvokeModel, "arn:aws:bedrock:x:1:imported-model/a", "{}", "{}"),
    ] {
        let parsed = parse(endpoint, model, body).unwrap();
        assert_eq!(parsed.output_bound, None, "{body}");
        assert_eq!(parsed.with_output_bound(7).to_bytes(), filled, "{model} {body}");
    }
}

#[test]
fn bound_of_the_caller_is_read() {
    for (endpoint, model, body, bound) in [
        (Endpoint::Converse, NOVA, r#"{"inferenceConfig":{"maxTokens":64}}"#, Some(64)),
        (Endpoint::InvokeModel, NOVA, r#"{"inferenceConfig":{"maxTokens":64}}"#, Some(64)),
        (Endpoint::InvokeModel, CLAUDE, r#"{"max_tokens":64}"#, Some(64)),
        (
            Endpoint::InvokeModel,
            "openai.gpt-oss-20b-1:0",
            r#"{"max_tokens":1,"max_completion_tokens":64}"#,
            Some(64),
        ),
        (Endpoint::InvokeModel, "amazon.titan-embed-text-v2:0", r#"{"inputText":"a"}"#, Some(0)),
        (Endpoint::InvokeModel, "arn:aws:bedrock:x:1:provisioned-model/a", r#"{"max_gen_len":64}"#, Some(64)),
    ] {
        assert_eq!(parse(endpoint, model, body).unwrap().output_bound, bound, "{body}");
    }
    for (body, param) in [
        (r#"{"inferenceConfig":{"maxTokens":-1}}"#, "inferenceConfig.maxTokens"),
        (r#"{"inferenceConfig":{"maxTokens":1,"maxTokens":2}}"#, "inferenceConfig.maxTokens"),
        (r#"{"inferenceConfig":[]}"#, "inferenceConfig"),
        (r#"{"requestMetadata":{"user_label":7}}"#, "requestMetadata.user_label"),
        (r#"{"serviceTier":"flex"}"#, "serviceTier"),
        (r#"{"a":1,"a":2}"#, "a"),
        (r#"{"model":"amazon.nova-lite-v1:0"}"#, "model"),
        (r#"{"model":[]}"#, "model"),
    ] {
        assert_eq!(parse(Endpoint::Converse, NOVA, body).unwrap_err().param(), Some(param), "{body}");
    }
    assert!(parse(Endpoint::InvokeModel, NOVA, r#"{"model":"amazon.nova-pro-v1:0"}"#).is_ok());
    assert!(matches!(parse(Endpoint::Converse, NOVA, "[]"), Err(RequestError::NotAnObject)));
}

#[test]
fn label_and_tier_are_read() {
    let body = r#"{"requestMetadata":{"user_label":"anna"},"serviceTier":{"type":"priority"}}"#;
    let parsed = parse(Endpoint::Converse, NOVA, body).unwrap();
    assert_eq!(
        (parsed.metadata_label.as_deref(), parsed.service_tier.as_deref()),
        (Some("anna"), Some("priority"))
    );
    let body = r#"{"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"default"}}"#;
    assert_eq!(parse(Endpoint::Converse, NOVA, body).unwrap().service_tier.as_deref(), Some("optimized"));
    let claude =
        parse(Endpoint::InvokeModel, CLAUDE, r#"{"metadata":{"user_id":"u","user_label":"l"}}"#).unwrap();
    assert_eq!((claude.user.as_deref(), claude.metadata_label.as_deref()), (Some("u"), Some("l")));
}

#[test]
fn known_blocks_are_their_bytes() {
    let members = r#""messages":[{"role":"user","content":[{"text":"a"},{"cachePoint":{"type":"default"}},
        {"toolUse":{}},{"toolResult":{"content":[{"json":{}},{"text":"b"}]}},{"reasoningContent":{}},
        {"document":{"source":{"text":"c"}}},{"guardContent":{"text":{"text":"d"}}}]}],
        "system":[{"text":"s"}],"inferenceConfig":{"maxTokens":1},"requestMetadata":{"a":"b"},
        "toolConfig":{"tools":[{"toolSpec":{"name":"f"}},{"cachePoint":{"type":"default"}}]},
        "additionalModelRequestFields":{"thinking":{"type":"enabled"},"top_k":1}"#;
    let content = converse(members);
    assert!(content.unbounded.is_empty() && !content.fills_window && content.tools.is_empty(), "{content:?}");
    assert_eq!(content.text_bytes, i64::try_from(members.len() + 2 + 1_024).unwrap());
    assert!(!content.cache_writes_long);
}

#[test]
fn what_has_no_bound_is_named() {
    let block = |block: &str| format!(r#""messages":[{{"role":"user","content":[{block}]}}]"#);
    for (members, name) in [
        (block(r#"{"document":{"source":{"bytes":"AA"}}}"#), "messages.document"),
        (block(r#"{"document":{"source":{"s3Location":{}}}}"#), "messages.document"),
        (block(r#"{"toolResult":{"content":[{"video":{}}]}}"#), "messages.video"),
        (block(r#"{"audio":{}}"#), "messages.audio"),
        (block(r#"{"hologram":{}}"#), "messages.hologram"),
        (block("7"), "messages"),
        (r#""messages":"x""#.to_owned(), "messages"),
        (r#""promptVariables":{"a":{"text":"b"}}"#.to_owned(), "promptVariables"),
        (r#""novelty":1"#.to_owned(), "novelty"),
        (r#""toolConfig":{"tools":[{"novelTool":{}}]}"#.to_owned(), "toolConfig.novelTool"),
        (
            r#""additionalModelRequestFields":{"max_tokens":9}"#.to_owned(),
            "additionalModelRequestFields.max_tokens",
        ),
    ] {
        let content = converse(&members);
        assert!(content.fills_window && content.unbounded == [name], "{members}: {content:?}");
    }
    let guarded = converse(r#""guardrailConfig":{"guardrailIdentifier":"g"}"#);
    assert_eq!(
        (guarded.unbounded, guarded.tools),
        (vec!["guardrailConfig".to_owned()], vec!["guardrail".to_owned()])
    );
    let grounded = converse(r#""toolConfig":{"tools":[{"systemTool":{"name":"nova_grounding"}}]}"#);
    assert_eq!(grounded.tools, ["system_tool"]);
    let pictured = converse(&block(r#"{"image":{"format":"png","source":{"bytes":"AAAA"}}}"#));
    assert_eq!((pictured.images, pictured.fills_window), (1, false));
    for ttl in [r#""ttl":"1h""#, r#""ttl":"1\u0068""#] {
        assert!(
            converse(&block(&format!(r#"{{"cachePoint":{{"type":"default",{ttl}}}}}"#))).cache_writes_long,
            "{ttl}"
        );
    }
}

#[test]
fn content_of_invoke_is_that_of_its_vendor() {
    let content = |model: &str, body: &str| parse(Endpoint::InvokeModel, model, body).unwrap().content();
    let searching =
        r#"{"anthropic_version":"bedrock-2023-05-31","tools":[{"type":"web_search_20250305","max_uses":2}]}"#;
    assert_eq!(
        content("arn:aws:bedrock:x:1:application-inference-profile/a", searching).tools,
        ["web_search"]
    );
    let picture = r#"{"messages":[{"role":"user","content":[{"image":{"source":{"bytes":"AA"}}}]}]}"#;
    assert_eq!(content(NOVA, picture).images, 1);
    let unknown = content("arn:aws:bedrock:x:1:imported-model/a", r#"{"prompt":"a"}"#);
    assert!(unknown.fills_window);
    assert_eq!(content("meta.llama3-8b-instruct-v1:0", r#"{"prompt":"a"}"#).text_bytes, 14);
}
