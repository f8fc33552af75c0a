//! `GET /api/usage/export`: all calls of a range, written as they are read.

use std::convert::Infallible;
use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, header};
use ledger::DbError;
use ledger::usage::{self, Export};
use serde_json::Value;
use web::{ApiError, FieldError, Problem};

use crate::bounds;
use crate::calls::Call;
use crate::query::{self, Format, Pairs};
use crate::state::SummaryState;

const COLUMNS: [&str; 27] = [
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
];

#[utoipa::path(
    get,
    path = "/api/usage/export",
    tag = "usage",
    description = "All calls of a range, oldest first, as they were at one instant, streamed as they are read: a \
        range may hold any number of them. A `from` of which calls are no longer kept is refused; without one the export begins \
        where they do. Filters as for the list of calls. CSV has a heading, and text that a spreadsheet would take for a formula begins with an apostrophe. An export that fails \
        half-way ends in a line that says so: in CSV it begins with `#error`, in NDJSON it is an object with `error` alone.",
    params(
        ("format" = String, Query, description = "csv or ndjson"),
        ("cost" = Option<String>, Query, description = "`billed` (default): as each call was billed when it was settled, as on invoices and in limits. `current`: as priced now, with all corrections of prices, at the time of the calls they correct"),
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant of the range"),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant after the range"),
        ("user_label" = Option<Vec<String>>, Query, description = "Only these labels"),
        ("model" = Option<Vec<String>>, Query, description = "Only these models, as asked for"),
        ("key_id" = Option<Vec<String>>, Query, description = "Only calls of these keys"),
        ("status" = Option<Vec<String>>, Query, description = "Only settled, estimated, failed or abandoned ones"),
    ),
    responses(
        (status = 200, description = "One line per call", content((String = "text/csv"), (String = "application/x-ndjson"))),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_export(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Response, ApiError> {
    let caller = state.reader(&headers).await?;
    let question = query::parse(pairs, &caller, &["status", "cost", "format"])?;
    let Some(format) = question.format else {
        return Err(ApiError::Validation(vec![FieldError::new("format", "must be one of csv, ndjson")]));
    };
    bounds::check_kept(state.database(), question.filter.range).await?;
    let export = usage::export(state.database(), &question.filter, question.cost.unwrap_or_default()).await?;
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"calls.csv\""),
        Format::Ndjson => ("application/x-ndjson", "attachment; filename=\"calls.ndjson\""),
    };
    let body =
        Body::from_stream(stream::unfold(Step::Heading(Box::new(export)), move |step| next(step, format)));
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

enum Step {
    Heading(Box<Export>),
    Calls(Box<Export>),
    End,
}

/// The next lines. A streamed body never yields an error: the Lambda host would write its text among the lines.
async fn next(step: Step, format: Format) -> Option<(Result<Bytes, Infallible>, Step)> {
    let mut export = match step {
        Step::Heading(export) if format == Format::Csv => {
            return Some((Ok(Bytes::from(COLUMNS.join(",") + "\r\n")), Step::Calls(export)));
        }
        Step::Heading(export) | Step::Calls(export) => export,
        Step::End => return None,
    };
    match export.next().await {
        Ok(calls) if calls.is_empty() => None,
        Ok(calls) => {
            let lines = calls.into_iter().map(Call::from).map(|call| line(&call, format)).collect::<String>();
            Some((Ok(Bytes::from(lines)), Step::Calls(export)))
        }
        Err(error) => Some((Ok(incomplete(&error, format)), Step::End)),
    }
}

fn incomplete(error: &DbError, format: Format) -> Bytes {
    tracing::error!(%error, "An export broke off.");
    Bytes::from_static(match format {
        Format::Csv => b"#error,the export is incomplete\r\n",
        Format::Ndjson => b"{\"error\":\"the export is incomplete\"}\n",
    })
}

fn line(call: &Call, format: Format) -> String {
    match format {
        Format::Csv => csv_line(call),
        Format::Ndjson => serde_json::to_string(call).unwrap_or_default() + "\n",
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
            Value::String(text) => write_text(&mut line, text),
            Value::Object(object) => write_text(&mut line, &Value::from(object.clone()).to_string()),
            other => line.push_str(&other.to_string()),
        }
    }
    line + "\r\n"
}

/// Text as a field. What a spreadsheet would run as a formula gets an apostrophe in front, which it hides.
fn write_text(line: &mut String, text: &str) {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let apostrophe = if is_formula { "'" } else { "" };
    if is_formula || text.contains([',', '"', '\n', '\r']) {
        // Writing to a string cannot fail.
        let _ = write!(line, "\"{apostrophe}{}\"", text.replace('"', "\"\""));
    } else {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula_or_another_field() {
        let field = |text: &str| {
            let mut line = String::new();
            write_text(&mut line, text);
            line
        };
        assert_eq!(field("plain text"), "plain text");
        assert_eq!(field("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"x\")"] {
            assert!(field(formula).starts_with("\"'"), "{formula}");
        }
    }
}
