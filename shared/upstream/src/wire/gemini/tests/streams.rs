use super::*;
use crate::sse::StreamEnding;

const CHUNKS: [&str; 3] = [
    r#"{"candidates":[{"content":{"parts":[{"text":"Hel"}]},"index":0}],"usageMetadata":{"promptTokenCount":25,"totalTokenCount":25},"modelVersion":"gemini-3.5-flash-001"}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"lo"}]},"index":0}],"usageMetadata":{"promptTokenCount":25,"candidatesTokenCount":1,"thoughtsTokenCount":30,"totalTokenCount":56}}"#,
    r#"{"candidates":[{"content":{"parts":[{"text":"]}"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":26,"candidatesTokenCount":9,"thoughtsTokenCount":30,"totalTokenCount":65},"responseId":"r1"}"#,
];

#[test]
fn last_usage_wins_and_the_last_event_waits_for_the_end() {
    for chunk_bytes in [1, 7, 64, 10_000] {
        let stream = events(&CHUNKS);
        let (sent, last, rest, observed) = run(&stream, chunk_bytes);
        assert_eq!((last, rest), (None, events(&CHUNKS[2..])));
        assert_eq!(sent, events(&CHUNKS[..2]), "{chunk_bytes}");
        check(&observed);
        assert!(observed.truncated && observed.is_finished(1));

        let stream = array(&CHUNKS);
        let (sent, last, rest, observed) = run(&stream, chunk_bytes);
        let last = last.expect("the closing bracket");
        assert_eq!(format!("{sent}{last}{rest}"), stream);
        assert!(last.contains("finishReason") && last.ends_with("\n]"), "{last}");
        check(&observed);
        assert_eq!((observed.ending, observed.truncated), (Some(StreamEnding::Done), false));
    }
}

fn check(observed: &Observed) {
    assert_eq!(counts(&observed.usage.as_ref().unwrap().report)[..5], [Some(26), None, None, None, Some(39)]);
    assert!(observed.has_final_usage());
    assert_eq!(observed.text_bytes(), 7);
    assert_eq!(observed.malformed_events, 0);
    assert_eq!(observed.served_model.as_deref(), Some("gemini-3.5-flash-001"));
    assert_eq!(observed.response_id.as_deref(), Some("r1"));
}

#[test]
fn event_after_the_finish_releases_the_one_before() {
    let late = r#"{"usageMetadata":{"promptTokenCount":26,"candidatesTokenCount":12,"totalTokenCount":38}}"#;
    let stream = events(&[CHUNKS[2], late]);
    let (sent, _, rest, observed) = run(&stream, 5);
    assert_eq!((sent, rest), (events(&CHUNKS[2..]), events(&[late])));
    assert_eq!(observed.usage.unwrap().report.output_tokens, Some(42));
}

#[test]
fn held_event_can_be_released() {
    let mut tap = StreamTap::new(Endpoint::GenerateContent, false, 1);
    tap.push(events(&CHUNKS).as_bytes());
    assert!(tap.is_holding());
    assert_eq!(tap.release(), events(&CHUNKS[2..]));
    assert!(!tap.is_holding());
    assert_eq!(tap.finish().into_bytes(), "");
}

#[test]
fn cut_streams_are_not_final() {
    for stream in [events(&CHUNKS[..2]), array(&CHUNKS).split_at(500).0.to_owned()] {
        let (.., observed) = run(&stream, 13);
        assert!(observed.truncated && !observed.is_finished(1) && !observed.has_final_usage(), "{stream}");
        assert_eq!(observed.usage.unwrap().report.input_tokens, Some(25));
    }
}

#[test]
fn answer_is_complete_once_all_candidates_that_were_seen_are() {
    let chunk = |index: u32, end: &str| format!(r#"{{"candidates":[{{"index":{index}{end}}}]}}"#);
    let finish = r#","finishReason":"STOP""#;
    let finished = |chunks: &[String]| {
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        run(&events(&chunks), 100).3.is_finished(2)
    };
    assert!(!finished(&[chunk(0, ""), chunk(1, ""), chunk(0, finish)]));
    assert!(finished(&[chunk(0, ""), chunk(1, ""), chunk(0, finish), chunk(1, finish)]));
    // Fewer than were asked for.
    assert!(finished(&[chunk(0, ""), chunk(0, finish)]));
    for end in
        [r#","finishReason":"FINISH_REASON_UNSPECIFIED""#, r#","finishReason":0"#, r#","finishReason":null"#]
    {
        assert!(!finished(&[chunk(0, end)]), "{end}");
    }
    assert!(finished(&[chunk(0, r#","finishReason":1"#)]));
    assert!(finished(&[r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#.to_owned()]));
}

#[test]
fn error_is_read_with_and_without_the_name_of_its_field() {
    let error = "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"m\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}";
    let one_line = error.replace('\n', "");
    for end in [
        format!("{error}\n"),
        format!("[{error}]"),
        format!("data: {one_line}\r\n\r\n"),
        format!("data: [{one_line}]\n\n"),
    ] {
        let stream = events(&CHUNKS[..2]) + &end;
        let (sent, _, rest, observed) = run(&stream, 9);
        assert_eq!(format!("{sent}{rest}"), stream);
        assert_eq!(observed.error.unwrap().recorded_code(), "UNAVAILABLE", "{end}");
    }
    // In place of a stream.
    for body in [error.to_owned(), format!("[{error}]")] {
        let (.., observed) = run(&body, 9);
        assert_eq!(observed.error.as_ref().unwrap().recorded_code(), "UNAVAILABLE", "{body}");
        assert!(observed.is_failed());
    }
}

/// Pictures are long; the tokens that they count must not get lost with them.
#[test]
fn oversized_event_keeps_its_usage_with_details() {
    let picture = "A".repeat(17 * 1024 * 1024);
    let chunk = format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"inlineData":{{"mimeType":"image/png","data":"{picture}"}}}}]}},"finishReason":"STOP","index":0}}],"usageMetadata":{{"promptTokenCount":25,"candidatesTokenCount":1290,"totalTokenCount":1315,"candidatesTokensDetails":[{{"modality":"IMAGE","tokenCount":1290}}]}}}}"#
    );
    for stream in [events(&[&chunk]), array(&[&chunk])] {
        let (sent, last, rest, observed) = run(&stream, 1024 * 1024);
        assert_eq!(sent.len() + last.unwrap_or_default().len() + rest.len(), stream.len());
        let report = observed.usage.as_ref().unwrap().report;
        assert_eq!((report.output_tokens, report.image_output_tokens), (Some(1290), Some(1290)));
        assert_eq!(observed.unread_events, 1);
    }
}
