//! Streams of providers that keep to no specification: wrong counts, broken framing, no framing at all.

use super::*;

fn chunk(members: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"some text\"}}}}]{members}}}\n\n")
}

const FINISH: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

fn usage(input: &str, output: &str) -> String {
    format!(",\"usage\":{{\"prompt_tokens\":{input},\"completion_tokens\":{output}}}")
}

#[test]
fn usage_is_final_only_after_the_answer_is_complete() {
    let (running, last) = (chunk(&usage("25", "1")), chunk(&usage("25", "12")));
    let usage_chunk = format!("data: {{\"choices\":[]{}}}\n\n", usage("25", "12"));
    let zeros = format!("data: {{\"choices\":[]{}}}\n\n", usage("0", "0"));
    let finish_with_usage = FINISH.replace("}]}\n", &format!("}}]{}}}\n", usage("25", "12")));
    for (stream, expected, is_final) in [
        (format!("{running}{FINISH}{usage_chunk}{DONE}"), (25, 12), true),
        (format!("{running}{FINISH}{usage_chunk}"), (25, 12), true),
        (format!("{running}{finish_with_usage}"), (25, 12), true),
        (format!("{running}{usage_chunk}{DONE}"), (25, 12), true),
        (format!("{running}{usage_chunk}{zeros}{DONE}"), (25, 12), true),
        (format!("{FINISH}{usage_chunk}{zeros}{DONE}"), (25, 12), true),
        (format!("{last}{running}"), (25, 1), false),
        (format!("{running}{FINISH}{DONE}"), (25, 1), false),
        (format!("{running}{FINISH}{zeros}{DONE}"), (25, 1), false),
        (format!("{usage_chunk}{}{DONE}", chunk("")), (25, 12), false),
        (format!("{FINISH}{usage_chunk}{}{DONE}", chunk("")), (25, 12), false),
        (format!("{}{FINISH}{zeros}{DONE}", chunk("")), (0, 0), false),
    ] {
        let (sent, _, observed) = run_whole(CHAT, &stream);
        assert_eq!(sent, stream);
        assert_eq!(tokens(&observed), Some(expected), "{stream}");
        assert_eq!(observed.has_final_usage(), is_final, "{stream}");
    }
}

#[test]
fn answer_with_several_choices_is_complete_with_the_last() {
    let finish = |index: u32| {
        format!(
            "data: {{\"choices\":[{{\"index\":{index},\"finish_reason\":\"stop\"}}]{}}}\n\n",
            usage("25", "12")
        )
    };
    for (stream, is_final) in
        [(finish(0), false), (finish(1) + &finish(1), false), (finish(0) + &finish(1), true)]
    {
        let mut tap = StreamTap::new(Endpoint::ChatCompletions, false, 2);
        tap.push(stream.as_bytes());
        assert_eq!(tap.observed().has_final_usage(), is_final, "{stream}");
    }
    // An empty finish reason is none.
    let (_, _, observed) = run_whole(CHAT, &FINISH.replace("stop", ""));
    assert!(!observed.is_finished(1));
}

#[test]
fn each_count_is_replaced_on_its_own() {
    let last = "data: {\"choices\":[],\"usage\":{\"completion_tokens\":12}}\n\n";
    let stream = format!("{}{FINISH}{last}{DONE}", chunk(&usage("25", "1")));
    let (_, _, observed) = run_whole(CHAT, &stream);
    assert_eq!((tokens(&observed), observed.has_final_usage()), (Some((25, 12)), true));
    assert_eq!(observed.usage.unwrap().raw, "{\"completion_tokens\":12}");
}

#[test]
fn events_separated_by_single_line_ends_are_read_one_by_one() {
    let usage_line = format!("data: {{\"choices\":[],\"usage\":{USAGE}}}");
    for end in ["\n", "\r\n", "\r"] {
        let lines = [format!("data: {}", delta("ab")), FINISH.trim_end().to_owned(), usage_line.clone()];
        let stream = lines.join(end) + end;
        for closing in [format!("data: [DONE]{end}"), "data: [DONE]".to_owned(), String::new()] {
            let stream = format!("{stream}{closing}");
            let (sent, _, observed) = run_whole(CHAT, &stream);
            assert_eq!((&sent, observed.text_bytes()), (&stream, 2));
            assert_eq!((tokens(&observed), observed.malformed_events), (Some((9, 4)), 0), "{stream}");
            assert_eq!((observed.has_final_usage(), observed.is_done()), (true, !closing.is_empty()));
            let (sent, _, _) = run_whole(HIDING, &stream);
            assert_eq!(sent, stream.replace(&format!("{usage_line}{end}"), ""));
        }
    }
    let named = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}\n";
    let (sent, _, observed) = run_whole(RESPONSES, named);
    assert_eq!((sent.as_str(), tokens(&observed), observed.text_bytes()), (named, Some((1, 2)), 2));
}

#[test]
fn stream_of_single_line_ends_is_forwarded_as_it_comes_and_ends_closed() {
    let line = format!("data: {}\n", delta("ab"));
    let mut tap = StreamTap::new(HIDING.0, HIDING.1, 1);
    assert_eq!(tap.push(line.as_bytes()), []);
    assert_eq!(tap.push(line.as_bytes()), [Segment::Forward(line.clone().into())]);
    assert!(!tap.is_at_end());
    assert_eq!(tap.push(b"data: [DONE]\n"), [Segment::Forward(line.into())]);
    assert!(tap.is_at_end());
    assert_eq!(tap.finish().into_bytes(), "data: [DONE]\n");
    assert!(tap.observed().is_done());
}

#[test]
fn document_in_place_of_a_stream_passes_and_is_read() {
    let error = "\n{\n  \"error\": {\"message\": \"overloaded\",\n\n \"code\": \"busy\"}}\n";
    let (sent, last, observed) = run_whole(CHAT, error);
    assert_eq!((sent.as_str(), last, observed.truncated), (error, None, false));
    assert_eq!(observed.error.as_ref().unwrap().code.as_deref(), Some("busy"));
    assert!(observed.is_failed());
    let completion =
        format!("{{\"model\":\"m\",\"choices\":[{{\"message\":{{\"content\":\"Hi\"}}}}],\"usage\":{USAGE}}}");
    let (sent, _, observed) = run_whole(HIDING, &completion);
    assert_eq!((sent, tokens(&observed)), (completion, Some((9, 4))));
    assert!(observed.has_final_usage() && observed.is_done() && !observed.is_failed());
    for broken in ["{\"error\": {\"mess", "<html>bad gateway</html>", "[1]"] {
        let (sent, _, observed) = run_whole(CHAT, broken);
        assert_eq!((sent.as_str(), observed.truncated, observed.malformed_events), (broken, true, 1));
        let mut tap = StreamTap::new(CHAT.0, CHAT.1, 1);
        tap.push(broken.as_bytes());
        assert_eq!(tap.finish().closed(), format!("{broken}\n\n"));
    }
}

#[test]
fn text_that_comes_only_whole_is_counted_once() {
    let done = |kind: &str, member: &str| format!("data: {{\"type\":\"response.{kind}.done\",{member}}}\n\n");
    let text = done("output_text", "\"item_id\":\"msg_1\",\"text\":\"hello\"");
    let part = done("content_part", "\"part\":{\"type\":\"output_text\",\"text\":\"hello\"}");
    let item = done(
        "output_item",
        "\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"hello\"}]}",
    );
    let arguments = done("function_call_arguments", "\"arguments\":\"{}\"");
    let delta = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"hello\"}\n\n";
    let end = "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"content\":[{\"text\":\"hello\"}]}],\"usage\":null}}\n\n";
    for (stream, bytes) in [
        (text.clone(), 5),
        (part.clone(), 5),
        (item.clone(), 5),
        (end.to_owned(), 5),
        (format!("{text}{arguments}"), 7),
        (format!("{delta}{text}{part}{item}{end}"), 5),
    ] {
        let (sent, _, observed) = run_whole(RESPONSES, &stream);
        assert_eq!((&sent, observed.text_bytes()), (&stream, bytes), "{stream}");
    }
}

#[test]
fn halves_of_a_surrogate_pair_are_text() {
    let halves = format!("data: {}\n\ndata: {}\n\n", delta("abc\\ud83d"), delta("\\ude00"));
    let (sent, _, observed) = run_whole(CHAT, &halves);
    assert_eq!((sent, observed.text_bytes(), observed.malformed_events), (halves, 9, 0));
}

#[test]
fn broken_value_hides_neither_text_nor_usage() {
    let broken = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"abc\"}},\"logprobs\":{{\"logprob\":-Infinity}},\"finish_reason\":\"stop\"}}],\"usage\":{USAGE}}}\n\n"
    );
    let (sent, _, observed) = run_whole(CHAT, &broken);
    assert_eq!((&sent, observed.text_bytes(), tokens(&observed)), (&broken, 3, Some((9, 4))));
    assert!(observed.has_final_usage() && observed.malformed_events == 0);
    let (sent, _, _) = run_whole(HIDING, &broken);
    assert_eq!(sent, broken.replace(&format!(",\"usage\":{USAGE}"), ""));
}

#[test]
fn usage_of_an_event_of_any_size_is_read_and_its_end_is_the_last_segment() {
    let image = "iVBOR\\\"w0\\\\".repeat(500);
    let numbers = "[1,[2]],".repeat(500);
    let completed = format!(
        "event: response.completed\ndata: {{\"type\":\"response.completed\",\"response\":{{\"id\":\"r\",\"output\":[{{\"result\":\"{image}\",\"list\":[{numbers}3]}}],\"model\":\"m\",\"usage\":{{\"input_tokens\":30,\"output_tokens\":5}}}}}}\n\n"
    );
    for size in [1, 7, 1_000, 100_000] {
        let mut tap = StreamTap { max_event_bytes: 1_000, ..StreamTap::new(RESPONSES.0, false, 1) };
        let (mut sent, mut last) = (Vec::new(), None);
        for chunk in completed.as_bytes().chunks(size) {
            for segment in tap.push(chunk) {
                match segment {
                    Segment::Forward(bytes) => sent.extend_from_slice(&bytes),
                    Segment::Last(bytes) => {
                        sent.extend_from_slice(&bytes);
                        last = Some(tap.observed().clone());
                    }
                }
            }
            assert!(tap.buffer.len() <= 1_000 + size);
        }
        assert_eq!(sent, completed.as_bytes());
        let observed = last.expect("the end of the event is the last segment");
        assert_eq!((tokens(&observed), observed.has_final_usage()), (Some((30, 5)), true), "{size}");
        assert_eq!(
            (observed.served_model.as_deref(), observed.ending),
            (Some("m"), Some(StreamEnding::Completed))
        );
    }
}
