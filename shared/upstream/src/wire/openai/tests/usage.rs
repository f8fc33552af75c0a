//! Usage as servers report it that speak OpenAI's format: the table of docs/METERING.md.

use domain::calls::Endpoint;
use domain::usage::{ReportedUsage, UsageQuality};
use serde_json::{Value, json};

use crate::sse::{Observed, StreamTap};
use crate::wire::ResponseFields;

const METERING: &str = include_str!("../../../../../../docs/METERING.md");

/// An answer of one choice with text, as a whole and as a chunk.
const ANSWER: &str = r#""choices": [{"index": 0, "message": {"content": "Hi"}, "delta": {"content": "Hi"}, "finish_reason": "stop"}]"#;

/// The cells of each row.
fn cases() -> Vec<[String; 7]> {
    let section = METERING.split_once("\n## Servers that speak OpenAI's format\n").expect("the section").1;
    let table = section.split_once("\n## ").expect("the next section").0;
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()));
    cells.map(|cells| cells.collect::<Vec<_>>().try_into().expect("seven cells")).collect()
}

fn stream(events: &[Value]) -> Observed {
    let mut tap = StreamTap::new(Endpoint::ChatCompletions, false, 1);
    for event in events {
        tap.push(format!("data: {event}\n\n").as_bytes());
    }
    tap.push(b"data: [DONE]\n\n");
    tap.finish();
    tap.observed().clone()
}

/// The reading as the table has it.
fn reading(usage: &ReportedUsage) -> [String; 5] {
    let (usage, quality) = usage.report.reading();
    let quality = if quality == UsageQuality::Exact { "exact" } else { "estimated" };
    let counts = [usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens]
        .map(|count| count.to_string());
    let [input, cached, written, output] = counts;
    [input, cached, written, output, quality.to_owned()]
}

#[test]
fn usage_is_read_as_documented() {
    let cases = cases();
    assert!(cases.len() > 12, "{}", cases.len());
    for [server, response, expected @ ..] in cases {
        let body = response.trim_matches('`').replace('…', ANSWER);
        let parsed: Value = serde_json::from_str(&body).expect(&server);
        let whole = ResponseFields::parse(Endpoint::ChatCompletions, body.as_bytes()).unwrap();
        assert_eq!(reading(&whole.usage.expect(&server)), expected, "{server}");
        let observed = stream(&[parsed]);
        assert!(observed.has_final_usage(), "{server}");
        assert_eq!(reading(&observed.usage.expect(&server)), expected, "{server}, streamed");
    }
}

#[test]
fn running_totals_of_a_stream_are_replaced_and_never_added() {
    for place in ["usage", "x_groq", "choice"] {
        let chunk = |output: u32, finish: Option<&str>| {
            let usage = json!({"prompt_tokens": 100, "completion_tokens": output, "total_tokens": 100 + output, "cached_tokens": 40});
            let mut chunk =
                json!({"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": finish}]});
            match place {
                "usage" => chunk["usage"] = usage,
                "x_groq" => chunk["x_groq"] = json!({"usage": usage}),
                _ => chunk["choices"][0]["usage"] = usage,
            }
            chunk
        };
        let observed = stream(&[chunk(1, None), chunk(2, None), chunk(3, Some("stop"))]);
        let expected = ["100", "40", "0", "3", "exact"];
        assert_eq!(reading(&observed.usage.expect(place)), expected, "{place}");
    }
}

#[test]
fn usage_in_its_own_place_wins_and_null_is_no_usage() {
    let usage =
        |input: u32| json!({"prompt_tokens": input, "completion_tokens": 2, "total_tokens": input + 2});
    for (own, groq, choice, input) in [
        (usage(1), usage(2), usage(3), "1"),
        (Value::Null, usage(2), usage(3), "2"),
        (Value::Null, Value::Null, usage(3), "3"),
    ] {
        let body = json!({
            "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop", "usage": choice}],
            "x_groq": {"usage": groq}, "usage": own,
        });
        let whole = ResponseFields::parse(Endpoint::ChatCompletions, body.to_string().as_bytes()).unwrap();
        assert_eq!(reading(&whole.usage.unwrap())[0], input);
        assert_eq!(reading(&stream(&[body]).usage.unwrap())[0], input);
    }
    let none = json!({"choices": [{"usage": null}], "x_groq": null, "usage": null});
    assert_eq!(
        ResponseFields::parse(Endpoint::ChatCompletions, none.to_string().as_bytes()).unwrap().usage,
        None
    );
}

#[test]
fn white_space_before_a_response_does_not_hide_its_usage() {
    let body = format!("\n\n\n{{{ANSWER}, \"usage\": {{\"prompt_tokens\": 9, \"completion_tokens\": 2}}}}");
    let read = ResponseFields::parse(Endpoint::ChatCompletions, body.as_bytes()).unwrap();
    assert_eq!(read.usage.unwrap().report.input_tokens, Some(9));
}

#[test]
fn errors_of_every_server_have_their_message() {
    for (body, message) in [
        (r#"{"error":{"message":"m","type":"t","code":"c"}}"#, "m"),
        (r#"{"object":"error","message":"m","type":"invalid_request_error","code":3051}"#, "m"),
        (r#"{"error":"m"}"#, "m"),
        (r#"{"detail":"m"}"#, "m"),
        (r#"{"detail":{"message":"m"}}"#, "m"),
        (r#"{"detail":[{"loc":["body","model"],"msg":"m","type":"missing"},{"msg":"n"}]}"#, "m; n"),
    ] {
        let read = ResponseFields::parse(Endpoint::ChatCompletions, body.as_bytes()).unwrap();
        assert_eq!(read.error.expect(body).message.as_deref(), Some(message), "{body}");
    }
    // Beside an answer it is no error.
    let answer = format!(r#"{{"id":"x",{ANSWER},"detail":"high"}}"#);
    assert_eq!(ResponseFields::parse(Endpoint::ChatCompletions, answer.as_bytes()).unwrap().error, None);
    let failed = json!({"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error",
        "error": {"code": 502, "message": "m"}}]});
    let whole = ResponseFields::parse(Endpoint::ChatCompletions, failed.to_string().as_bytes()).unwrap();
    assert_eq!(whole.error.unwrap().code.as_deref(), Some("502"));
    assert_eq!(stream(&[failed]).error.unwrap().message.as_deref(), Some("m"));
}
