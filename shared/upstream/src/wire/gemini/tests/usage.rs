use super::*;

#[test]
fn counts_are_read_into_disjoint_buckets() {
    let none = None;
    let some = Some;
    for (usage, expected) in [
        (
            r#"{"promptTokenCount":25,"candidatesTokenCount":9,"totalTokenCount":34}"#,
            [some(25), none, none, none, some(9), none, none, none],
        ),
        // Thoughts are beside the candidates, and count once.
        (
            r#"{"promptTokenCount":25,"candidatesTokenCount":9,"thoughtsTokenCount":30,"totalTokenCount":64}"#,
            [some(25), none, none, none, some(39), some(30), none, none],
        ),
        (
            r#"{"promptTokenCount":25,"thoughtsTokenCount":30,"totalTokenCount":55}"#,
            [some(25), none, none, none, some(30), some(30), none, none],
        ),
        // What tools return is beside the prompt.
        (
            r#"{"promptTokenCount":25,"toolUsePromptTokenCount":100,"candidatesTokenCount":9,"totalTokenCount":134}"#,
            [some(125), none, none, none, some(9), none, none, none],
        ),
        // Cached content is within the prompt.
        (
            r#"{"promptTokenCount":1000,"cachedContentTokenCount":400,"candidatesTokenCount":9,
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":700},{"modality":"AUDIO","tokenCount":300}],
            "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":100},{"modality":"TEXT","tokenCount":300}],
            "candidatesTokensDetails":[{"modality":"TEXT","tokenCount":9}]}"#,
            [some(1000), some(300), some(100), some(200), some(9), none, none, none],
        ),
        (
            r#"{"promptTokenCount":25,"toolUsePromptTokenCount":50,"candidatesTokenCount":1300,
            "toolUsePromptTokensDetails":[{"modality":"AUDIO","tokenCount":40}],
            "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":1290},{"modality":"AUDIO","tokenCount":4}]}"#,
            [some(75), none, none, some(40), some(1300), none, some(4), some(1290)],
        ),
        // Numbers in place of names.
        (
            r#"{"promptTokenCount":25,"candidatesTokenCount":1300,"candidatesTokensDetails":[{"modality":2,"tokenCount":1290}]}"#,
            [some(25), none, none, none, some(1300), none, none, some(1290)],
        ),
        // The sum shows that nothing was generated.
        (
            r#"{"promptTokenCount":25,"totalTokenCount":25}"#,
            [some(25), none, none, none, some(0), none, none, none],
        ),
        (r#"{"promptTokenCount":25}"#, [some(25), none, none, none, none, none, none, none]),
        (
            r#"{"promptTokenCount":0,"candidatesTokenCount":9}"#,
            [none, none, none, none, some(9), none, none, none],
        ),
        (r"{}", [none; 8]),
    ] {
        let read = response(usage);
        assert_eq!(counts(&read.usage.unwrap().report), expected, "{usage}");
    }
}

#[test]
fn sum_that_is_larger_shows_hidden_output() {
    let read = response(r#"{"promptTokenCount":25,"candidatesTokenCount":9,"totalTokenCount":606}"#);
    let (usage, quality) = read.usage.unwrap().report.reading();
    assert_eq!((usage.input_tokens, usage.output_tokens), (25, 581));
    assert_eq!(quality, domain::usage::UsageQuality::Estimated);
}

#[test]
fn tools_are_counted_by_their_traces() {
    let uses = |model: &str, candidate: &str| {
        let body = format!(r#"{{"modelVersion":"{model}","candidates":[{candidate}]}}"#);
        let read = ResponseFields::parse(Endpoint::GenerateContent, body.as_bytes()).unwrap();
        read.used_tools.counts()
    };
    let searches =
        r#"{"groundingMetadata":{"webSearchQueries":["a","b","a"],"groundingChunks":[{"web":{"uri":"u"}}]}}"#;
    let count = |tool: &str, uses: i64| vec![(tool.to_owned(), uses)];
    assert_eq!(uses("gemini-3.5-flash", searches), count("web_search", 3));
    // Before Gemini 3, an answer that searched has one fee.
    assert_eq!(uses("gemini-2.5-flash", searches), count("web_search", 1));
    for (candidate, expected) in [
        (r#"{"groundingMetadata":{}}"#, Vec::new()),
        (r#"{"groundingMetadata":{"groundingChunks":[{"web":{}}]}}"#, count("web_search", 1)),
        (r#"{"groundingMetadata":{"groundingChunks":[{"maps":{}},{"maps":{}}]}}"#, count("google_maps", 1)),
        (r#"{"groundingMetadata":{"groundingChunks":[{"retrievedContext":{}}]}}"#, count("file_search", 1)),
        (r#"{"urlContextMetadata":{"urlMetadata":[{},{}]}}"#, count("web_fetch", 2)),
        (
            r#"{"urlContextMetadata":{"urlMetadata":[{}]},"groundingMetadata":{"groundingChunks":[{"web":{}}]}}"#,
            count("web_fetch", 1),
        ),
        (r#"{"content":{"parts":[{"executableCode":{"code":"1"}}]}}"#, count("code_execution", 1)),
    ] {
        assert_eq!(uses("gemini-3.5-flash", candidate), expected, "{candidate}");
    }
}

#[test]
fn tier_is_the_one_that_the_usage_names() {
    for (usage, tier) in [
        (r#"{"promptTokenCount":25}"#, None),
        (r#"{"promptTokenCount":25,"serviceTier":"flex"}"#, Some("flex")),
        (r#"{"promptTokenCount":25,"trafficType":"ON_DEMAND_PRIORITY"}"#, Some("ON_DEMAND_PRIORITY")),
    ] {
        assert_eq!(response(usage).service_tier.as_deref(), tier, "{usage}");
    }
}
