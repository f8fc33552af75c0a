//! `GET /api/usage/export`: all calls of a range, streamed as they are read.

use std::convert::Infallible;
use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::names::is_invisible;
use futures_util::stream;
use http::header;
use ledger::DbError;
use ledger::usage::{self, Export};
use serde::Deserialize;
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};
use utoipa::IntoParams;
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::{OneOf, words};
use web::{ApiError, QueryParams, Reader, Request};

use crate::bounds;
use crate::calls::Call;
use crate::query::{CallParams, CostParams, OutcomeParams, UsageParams};
use crate::state::SummaryState;

const COLUMNS: [&str; 34] = [
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
];

/// How calls are written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// File format: `csv` or `ndjson`
    #[param(schema_with = words::<ExportFormat>, required = true)]
    format: OneOf<ExportFormat>,
}

impl Request for ExportParams {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
enum ExportFormat {
    Csv,
    Ndjson,
}

#[utoipa::path(
    get,
    path = "/api/usage/export",
    tag = "usage",
    description = "All calls of a range, oldest first, as of one instant, streamed: a range may contain any number of calls. \
        Also filters by tag: `tag.<name>=<value>`, repeatable. Calls past retention cannot be exported: a `from` or `to` \
        before that is refused; without `from`, the export begins there. CSV has a header line; every text field is quoted, and one that a \
        spreadsheet could run as a formula is prefixed with an apostrophe. An export that fails part-way ends with an error line: in CSV it begins with \
        `#error`, in NDJSON it is an object whose only field is `error`.",
    params(ExportParams, CostParams, UsageParams, OutcomeParams, CallParams),
    responses(
        (status = 200, description = "One line per call", content((String = "text/csv"), (String = "application/x-ndjson"))),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_export(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams((export, cost, usage, outcome, calls)): QueryParams<(
        ExportParams,
        CostParams,
        UsageParams,
        OutcomeParams,
        CallParams,
    )>,
) -> Result<Response, ApiError> {
    let OneOf(format) = export.format;
    let mut filter = usage.into_filter(&caller)?;
    outcome.restrict(&mut filter);
    calls.restrict(&mut filter);
    bounds::check_kept(state.database(), filter.range).await?;
    let export = usage::export(state.database(), &filter, cost.basis()).await?;
    let (kind, name) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"calls.csv\""),
        ExportFormat::Ndjson => ("application/x-ndjson", "attachment; filename=\"calls.ndjson\""),
    };
    let label = caller.user_label;
    let steps = move |step| {
        let label = label.clone();
        async move { next(step, format, label.as_deref()).await }
    };
    let body = Body::from_stream(stream::unfold(Step::Heading(Box::new(export)), steps));
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

enum Step {
    Heading(Box<Export>),
    Calls(Box<Export>),
    End,
}

/// The next lines. A streamed body never yields an error: the Lambda host would write its text into the export.
async fn next(
    step: Step,
    format: ExportFormat,
    only_label: Option<&str>,
) -> Option<(Result<Bytes, Infallible>, Step)> {
    let mut export = match step {
        Step::Heading(export) if format == ExportFormat::Csv => {
            return Some((Ok(Bytes::from(COLUMNS.join(",") + "\r\n")), Step::Calls(export)));
        }
        Step::Heading(export) | Step::Calls(export) => export,
        Step::End => return None,
    };
    match export.next().await {
        Ok(calls) if calls.is_empty() => None,
        Ok(calls) => {
            let lines =
                calls.into_iter().map(|call| line(&Call::new(call, only_label), format)).collect::<String>();
            Some((Ok(Bytes::from(lines)), Step::Calls(export)))
        }
        Err(error) => Some((Ok(incomplete(&error, format)), Step::End)),
    }
}

fn incomplete(error: &DbError, format: ExportFormat) -> Bytes {
    tracing::error!(%error, "An export failed part-way.");
    Bytes::from_static(match format {
        ExportFormat::Csv => b"#error,the export is incomplete\r\n",
        ExportFormat::Ndjson => b"{\"error\":\"the export is incomplete\"}\n",
    })
}

fn line(call: &Call, format: ExportFormat) -> String {
    match format {
        ExportFormat::Csv => csv_line(call),
        ExportFormat::Ndjson => serde_json::to_string(call).unwrap_or_default() + "\n",
    }
}

/// Fields in the order of [`COLUMNS`], by the names of the JSON.
fn csv_line(call: &Call) -> String {
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

/// Text as a field: always quoted, since a spreadsheet splits at the separator of its own locale. Text that one could run
/// as a formula gets a leading apostrophe, which makes it text.
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
