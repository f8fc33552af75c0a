//! Calls as lines of a CSV file that a spreadsheet opens without running anything in it.

use std::fmt::Write as _;

use domain::names::is_invisible;
use serde_json::Value;

use crate::calls::Call;

const COLUMNS: [&str; 44] = [
    "id",
    "created_at",
    "started_at",
    "user_label",
    "key_id",
    "endpoint",
    "model",
    "served_model",
    "service_tier",
    "stream",
    "status",
    "http_status",
    "error_code",
    "attempts",
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "price_id",
    "latency_ms",
    "first_byte_ms",
    "overhead_ms",
    "upstream_request_id",
    "tags",
    "sdk",
    "fees",
    "audio_input_tokens",
    "audio_output_tokens",
    "retried_input_tokens",
    "retried_output_tokens",
    "retried_cost_usd",
    "key_name",
    "provider",
    "cache_write_long_tokens",
    "cached_audio_tokens",
    "image_output_tokens",
    "parts",
    "upstream",
    "upstream_cost_usd",
    "table_cost_usd",
    "cost_source",
    "route",
];

pub(super) fn heading() -> String {
    COLUMNS.join(",") + "\r\n"
}

/// Fields in the order of [`COLUMNS`], by the names of the JSON.
pub(super) fn line(call: &Call) -> String {
    let fields = serde_json::to_value(call).unwrap_or_default();
    let mut line = String::with_capacity(400);
    for (at, column) in COLUMNS.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        match &fields[*column] {
            Value::Null => {}
            // A decimal, which spreadsheets should read as a number.
            Value::String(cost) if column.ends_with("cost_usd") => line.push_str(cost),
            Value::String(text) => write_text(&mut line, text),
            Value::Array(list) if list.is_empty() => {}
            Value::Array(list) => write_text(&mut line, &Value::from(list.clone()).to_string()),
            Value::Object(object) => write_text(&mut line, &Value::from(object.clone()).to_string()),
            other => line.push_str(&other.to_string()),
        }
    }
    line + "\r\n"
}

/// Text as a field: always quoted, since a spreadsheet splits at the separator of its own locale. Text that one could
/// run as a formula gets a leading apostrophe, which makes it text.
fn write_text(line: &mut String, text: &str) {
    let apostrophe = if may_be_formula(text) { "'" } else { "" };
    // Writing to a string cannot fail.
    let _ = write!(line, "\"{apostrophe}{}\"", text.replace('"', "\"\""));
}

/// Whether a spreadsheet could take it for a formula: by its first visible character, since importers drop what is not
/// visible before it, and in all widths, since input methods convert them.
fn may_be_formula(text: &str) -> bool {
    let first = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    text.starts_with(char::is_control)
        || first.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || first.starts_with(['﹦', '﹢', '﹣', '﹫', '\u{2212}', '\u{2010}', '\u{2011}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> String {
        let mut line = String::new();
        write_text(&mut line, text);
        line
    }

    #[test]
    fn text_is_one_quoted_field_in_every_locale() {
        for (text, expected) in [
            ("plain text", r#""plain text""#),
            ("x;=1+1;y", r#""x;=1+1;y""#),
            ("x\t=1+1", "\"x\t=1+1\""),
            ("x|=1+1", r#""x|=1+1""#),
            ("a,\"b\"\nc", "\"a,\"\"b\"\"\nc\""),
            ("", r#""""#),
            // Neither a sign nor an operator comes first.
            ("2026-11-03T10:00:00Z", r#""2026-11-03T10:00:00Z""#),
            ("\u{200b}plain", "\"\u{200b}plain\""),
        ] {
            assert_eq!(field(text), expected);
        }
    }

    #[test]
    fn text_never_becomes_a_formula() {
        let starts = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−"];
        let hidden = [
            "",
            " ",
            "\u{a0}",
            "\u{3000}",
            "\u{feff}",
            "\u{200b}",
            "\u{200e}\u{feff}",
            "\u{2060} ",
            "\u{ad}",
        ];
        for start in starts {
            for before in hidden {
                let text = format!("{before}{start}HYPERLINK(\"x\")");
                let expected = format!("\"'{before}{start}HYPERLINK(\"\"x\"\")\"");
                assert_eq!(field(&text), expected, "{text:?}");
            }
        }
        for control in ["\t=1", "\r=1", "\n=1", "\tplain", "\rplain", "\u{0}=1"] {
            assert!(field(control).starts_with("\"'"), "{control:?}");
        }
    }
}
