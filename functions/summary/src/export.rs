//! `GET /api/usage/export`: all calls of a range, streamed as they are read.

mod csv;

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::keys::Caller;
use domain::queries::UsageFilter;
use futures_util::stream;
use http::header;
use ledger::DbError;
use ledger::usage::{self, Export};
use serde::Deserialize;
use strum::{IntoStaticStr, VariantArray};
use utoipa::IntoParams;
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::OneOf;
use web::values::schemas::QueryText;
use web::{ApiError, QueryParams, Request};

use crate::bounds;
use crate::calls::Call;
use crate::link::ExportReader;
use crate::query::{CallParams, CostParams, OutcomeParams, UsageParams};
use crate::state::SummaryState;

domain::word_schemas!(ExportFormat);

/// How calls are written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// File format: `csv` or `ndjson`
    #[param(inline, value_type = ExportFormat)]
    format: OneOf<ExportFormat>,
    /// The token of a download link, as `/api/usage/export/link` returns it; then no key is sent
    #[serde(rename = "link")]
    #[param(inline, value_type = Option<QueryText>)]
    #[expect(dead_code, reason = "read before the key; here so that it is known and documented")]
    token: Option<String>,
}

impl Request for ExportParams {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum ExportFormat {
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
    ExportReader(caller): ExportReader,
    QueryParams(params): QueryParams<ExportQuery>,
) -> Result<Response, ApiError> {
    let (OneOf(format), cost) = (params.0.format, params.1.basis());
    let filter = checked_filter(&state, &caller, params).await?;
    let export = usage::export(state.database(), &filter, cost).await?;
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

/// What an export is asked with.
pub(crate) type ExportQuery = (ExportParams, CostParams, UsageParams, OutcomeParams, CallParams);

/// The calls of an export, if the caller may have them.
pub(crate) async fn checked_filter(
    state: &SummaryState,
    caller: &Caller,
    (_, _, usage, outcome, calls): ExportQuery,
) -> Result<UsageFilter, ApiError> {
    let mut filter = usage.into_filter(caller)?;
    outcome.restrict(&mut filter);
    calls.restrict(&mut filter);
    bounds::check_kept(state.database(), filter.range).await?;
    Ok(filter)
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
            return Some((Ok(Bytes::from(csv::heading())), Step::Calls(export)));
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
        ExportFormat::Csv => csv::line(call),
        ExportFormat::Ndjson => serde_json::to_string(call).unwrap_or_default() + "\n",
    }
}
