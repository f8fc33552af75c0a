use super::*;

#[test]
fn bound_and_candidates_are_read_in_each_spelling() {
    for (body, candidates, bound) in [
        ("{}", 1, None),
        (r#"{"generationConfig":null}"#, 1, None),
        (r#"{"generationConfig":{"maxOutputTokens":64,"candidateCount":3}}"#, 3, Some(64)),
        (r#"{"generation_config":{"max_output_tokens":64,"candidate_count":3}}"#, 3, Some(64)),
        // As protocol buffers may write numbers.
        (r#"{"generationConfig":{"maxOutputTokens":"64","candidateCount":3.0}}"#, 3, Some(64)),
        // Zero is the same as none.
        (r#"{"generationConfig":{"maxOutputTokens":0,"candidateCount":0}}"#, 1, None),
    ] {
        let read = parse(body).unwrap();
        assert_eq!((read.n, read.output_bound), (candidates, bound), "{body}");
    }
    let names = r#"{"generationConfig":{"maxOutputTokens":64},"serviceTier":"priority","labels":{}}"#;
    assert_eq!(parse(names).unwrap().service_tier.as_deref(), Some("priority"));
    assert_eq!(parse(r#"{"service_tier":"unspecified"}"#).unwrap().service_tier, None);
    // Only content has a configuration.
    let counted = parse_at(Endpoint::CountTokens, r#"{"generationConfig":{"maxOutputTokens":64}}"#).unwrap();
    assert_eq!(counted.with_output_bound(1).to_bytes(), r#"{"generationConfig":{"maxOutputTokens":64}}"#);
}

#[test]
fn bound_is_spliced_into_the_callers_own_body() {
    for (body, filled) in [
        ("{}", r#"{"generationConfig":{"maxOutputTokens":7}}"#),
        (" { } ", r#" { "generationConfig":{"maxOutputTokens":7}} "#),
        (r#"{"contents":[]}"#, r#"{"contents":[],"generationConfig":{"maxOutputTokens":7}}"#),
        (r#"{"generationConfig":{}}"#, r#"{"generationConfig":{"maxOutputTokens":7}}"#),
        (r#"{"generationConfig":{"topK":1}}"#, r#"{"generationConfig":{"topK":1,"maxOutputTokens":7}}"#),
        (r#"{"generation_config":null,"a":1}"#, r#"{"generation_config":{"maxOutputTokens":7},"a":1}"#),
        (r#"{"generationConfig":{"maxOutputTokens":0}}"#, r#"{"generationConfig":{"maxOutputTokens":7}}"#),
        (
            r#"{"generation_config":{ "max_output_tokens" : null , "topK":1}}"#,
            r#"{"generation_config":{ "max_output_tokens" : 7 , "topK":1}}"#,
        ),
    ] {
        let read = parse(body).unwrap();
        assert_eq!(read.to_bytes(), body);
        assert_eq!(read.with_output_bound(7).to_bytes(), filled, "{body}");
    }
}

#[test]
fn body_may_repeat_the_model_of_the_path_but_name_no_other() {
    for body in [
        r#"{"model":"models/gemini-3.5-flash"}"#,
        r#"{"model":"gemini-3.5-flash"}"#,
        r#"{"requests":[{"model":"models/gemini-3.5-flash"},{}]}"#,
        r#"{"generateContentRequest":{"model":"models/gemini-3.5-flash"}}"#,
    ] {
        assert!(parse(body).is_ok(), "{body}");
    }
    for body in [
        r#"{"model":"models/gemini-2.5-pro"}"#,
        r#"{"requests":[{"model":"models/gemini-3.5-flash"},{"model":"models/gemini-2.5-pro"}]}"#,
        r#"{"generate_content_request":{"model":"models/gemini-2.5-pro"}}"#,
        r#"{"requests":[{"model":7}]}"#,
    ] {
        let error = parse(body).unwrap_err();
        assert_eq!(error.to_string(), "'model' must be the model of the path.", "{body}");
    }
}

#[test]
fn text_and_what_the_caller_runs_is_bounded_by_its_bytes() {
    let body = r#"{"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"text/csv","data":"YQ=="}}]},
        {"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"c2ln"},{"thought":true,"text":"t"}]},
        {"role":"user","parts":[{"function_response":{"name":"f","response":{}}}]}],
        "system_instruction":{"parts":[{"text":"s"}]},"tools":[{"functionDeclarations":[{"name":"f"}]}]}"#;
    let content = content(body);
    let text =
        |bytes: usize| RequestContent { may_speak: true, may_draw: true, ..RequestContent::text(bytes) };
    assert_eq!(content, text(body.len() + 1_024));
    // Contents may be one, and so may parts.
    let single = r#"{"contents":{"parts":{"text":"hi"}}}"#;
    assert_eq!(super::content(single), text(single.len() + 1_024));
}

/// A model of pictures makes some unless the request says otherwise.
#[test]
fn kinds_of_output_are_those_that_are_asked_for_or_any() {
    for (config, may_speak, may_draw) in [
        ("{}", true, true),
        ("null", true, true),
        (r#"{"responseModalities":[]}"#, true, true),
        (r#"{"responseModalities":["TEXT"]}"#, false, false),
        (r#"{"response_modalities":["TEXT","IMAGE"]}"#, false, true),
        (r#"{"responseModalities":["AUDIO"]}"#, true, false),
        (r#"{"responseModalities":["TEXT"],"speechConfig":{}}"#, true, false),
        (r#"{"responseModalities":["MODALITY_UNSPECIFIED"]}"#, true, true),
        (r#"{"responseModalities":[3]}"#, true, true),
    ] {
        let found = content(&format!(r#"{{"contents":[],"generationConfig":{config}}}"#));
        assert_eq!((found.may_speak, found.may_draw), (may_speak, may_draw), "{config}");
    }
}

#[test]
fn everything_else_has_no_bound() {
    let part = |part: &str| format!(r#"{{"contents":[{{"parts":[{part}]}}]}}"#);
    for (body, named) in [
        (part(r#"{"fileData":{"fileUri":"u"}}"#), "contents.fileData"),
        (part(r#"{"file_data":{"file_uri":"u"}}"#), "contents.fileData"),
        (part(r#"{"inlineData":{"mimeType":"video/mp4","data":"AA=="}}"#), "contents.inlineData"),
        (part(r#"{"inlineData":{"data":"AA=="}}"#), "contents.inlineData"),
        (part(r#"{"functionResponse":{"parts":[{"fileData":{}}]}}"#), "contents.functionResponse.fileData"),
        (part(r#"{"newPart":{}}"#), "contents.newPart"),
        (part("7"), "contents"),
        (r#"{"systemInstruction":{"parts":[{"fileData":{}}]}}"#.to_owned(), "systemInstruction.fileData"),
        (r#"{"cachedContent":"c"}"#.to_owned(), "cachedContent"),
        (r#"{"cached_content":"c"}"#.to_owned(), "cachedContent"),
        (r#"{"continuationToken":"c"}"#.to_owned(), "continuationToken"),
        (r#"{"aNewMember":1}"#.to_owned(), "aNewMember"),
        (r#"{"tools":7}"#.to_owned(), "tools"),
    ] {
        let content = content(&body);
        assert!(content.fills_window, "{body}");
        assert_eq!(content.unbounded, [named], "{body}");
    }
    let picture = content(&part(r#"{"inline_data":{"mime_type":"IMAGE/png","data":"AAAA"}}"#));
    assert_eq!((picture.images, picture.fills_window), (1, false));
}

#[test]
fn tools_of_the_provider_have_the_names_of_the_fee_table() {
    for (tool, fee) in [
        ("googleSearch", "web_search"),
        ("google_search", "web_search"),
        ("googleSearchRetrieval", "web_search"),
        ("urlContext", "web_fetch"),
        ("code_execution", "code_execution"),
        ("fileSearch", "file_search"),
        ("googleMaps", "google_maps"),
        ("mcpServers", "mcp"),
        ("computerUse", "computer_use"),
        ("aNewOne", "other"),
    ] {
        let content = content(&format!(r#"{{"tools":[{{"functionDeclarations":[]}},{{"{tool}":{{}}}}]}}"#));
        assert_eq!((content.tools, content.max_tool_calls), (vec![fee.to_owned()], Some(32)), "{tool}");
        assert_eq!(content.unbounded.len(), 1, "{tool}");
    }
}

#[test]
fn embedded_media_fill_the_window() {
    let bound = |body: &str| parse_at(Endpoint::BatchEmbedContents, body).unwrap().content();
    let text = r#"{"requests":[{"content":{"parts":[{"text":"a"}]}}]}"#;
    assert_eq!(bound(text), RequestContent::text(text.len() + 1_024));
    assert!(bound(r#"{"requests":[{"content":{"parts":[{"fileData":{}}]}}]}"#).fills_window);
}
