//! `GET /api/usage/timeseries`: totals per group and interval.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::keys::Caller;
use domain::queries::{Interval, TimeRange};
use domain::words::Word;
use indexmap::IndexMap;
use ledger::usage::{self, MAX_POINTS, Point, Series, SeriesError, SeriesQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::{OneOf, SearchText, Whole};
use web::{ApiError, FieldError, QueryParams, Reader, Request};

use crate::bounds;
use crate::query::{CostParams, OutcomeParams, SumParams, SumRequest, UsageParams};
use crate::revalidate::Revalidation;
use crate::state::SummaryState;
use crate::sums::{self, Details, KeyNames, Sums};

/// Sums over time. The series add up to the total.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Timeseries {
    /// `15m`, `hour`, `day`, `week` (from Monday) or `month`.
    pub interval: &'static str,
    /// IANA name of the time zone whose calendar the buckets follow.
    pub tz: String,
    /// RFC 3339, UTC. Start of the range, inclusive; by default that of the first bucket with a call.
    #[schema(format = DateTime)]
    pub from: String,
    /// End of the range, exclusive; by default now.
    #[schema(format = DateTime)]
    pub to: String,
    pub series: Vec<GroupSeries>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupSeries {
    /// The fields grouped by: `model`, `user_label`, `endpoint`, `status`, `key` (with `key_name`),
    /// `tag.<name>`. Empty for the rest.
    #[schema(value_type = std::collections::HashMap<String, Option<String>>)]
    pub group: IndexMap<String, Option<String>>,
    /// Whether this is the sum of all groups that have no series of their own.
    pub is_other: bool,
    /// One for each bucket, including empty ones.
    pub points: Vec<SeriesPoint>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesPoint {
    /// RFC 3339, UTC: start of the bucket. The first and the last bucket count only calls in the range.
    #[schema(format = DateTime)]
    pub start: String,
    #[serde(flatten)]
    pub sums: Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

/// Which series.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeriesParams {
    /// Length of a bucket; default `day`
    #[param(inline, value_type = Option<Interval>)]
    interval: Option<OneOf<Interval>>,
    /// IANA time zone such as Europe/Berlin; default UTC
    #[param(inline, value_type = Option<SearchText>)]
    tz: Option<SearchText>,
    /// Number of groups with a series of their own; default all
    #[param(value_type = Option<u32>, minimum = 0, maximum = 1000)]
    top: Option<Whole<0, 1000>>,
}

impl Request for SeriesParams {}

#[utoipa::path(
    get,
    path = "/api/usage/timeseries",
    tag = "usage",
    description = "Sums per bucket of a time zone's calendar: the day of a clock change has 23 or 25 hours. With `top`, the \
        most expensive groups get a series each, and all others are summed, exactly, into one more. At most 50,000 points, \
        and 6 MB as sent: compressed with gzip where `Accept-Encoding` allows it. Also filters by tag: `tag.<name>=<value>`, repeatable.",
    params(UsageParams, OutcomeParams, SeriesParams, SumParams, CostParams),
    responses(
        (status = 200, description = "One series per group, the most expensive first; `ETag` names this report", body = Timeseries),
        (status = 304, description = "The report equals one that `If-None-Match` names by its `ETag`; no body"),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_timeseries(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    revalidation: Revalidation,
    QueryParams((usage, outcome, params, sums, cost)): QueryParams<(
        UsageParams,
        OutcomeParams,
        SeriesParams,
        SumParams,
        CostParams,
    )>,
) -> Result<Response, ApiError> {
    let mut filter = usage.into_filter(&caller)?;
    outcome.restrict(&mut filter);
    let interval = params.interval.map_or(Interval::Day, |interval| interval.0);
    let tz = time_zone(&state, params.tz).await?;
    let (from, to) = range(&state, filter.range, &caller).await?;
    filter.range = TimeRange { from: Some(from), to: Some(to) };
    let request = sums.into_request();
    bounds::check_sums(state.database(), &filter, &request.grouping).await?;
    let query = SeriesQuery {
        filter: &filter,
        grouping: &request.grouping,
        from,
        to,
        interval,
        time_zone: &tz,
        top: params.top.and_then(|top| usize::try_from(top.0).ok()),
        histograms: request.histograms(),
        cost: cost.basis(),
    };
    let series = usage::series(state.database(), &query).await.map_err(refusal)?;
    let names =
        sums::key_names(state.database(), series.iter().filter_map(|series| series.group.as_ref()), &caller)
            .await?;
    let report = Timeseries {
        interval: interval.as_str(),
        from: bounds::text(from),
        to: bounds::text(to),
        series: series.into_iter().map(|series| group_series(series, &request, &names)).collect(),
        tz,
    };
    revalidation.respond(caller.key_id, &report)
}

async fn time_zone(state: &SummaryState, name: Option<SearchText>) -> Result<String, ApiError> {
    let Some(SearchText(name)) = name else { return Ok("UTC".to_owned()) };
    if state.knows_time_zone(&name).await? {
        return Ok(name);
    }
    let message = "must be an IANA time zone such as Europe/Berlin";
    Err(ApiError::Validation(vec![FieldError::new("tz", message)]))
}

/// The requested range, by default from the first call until now. A bound key must not learn when others began.
async fn range(
    state: &SummaryState,
    range: TimeRange,
    caller: &Caller,
) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    if let (Some(from), Some(to)) = (range.from, range.to) {
        return Ok((from, to));
    }
    let known = usage::bounds(state.database()).await?;
    let to = range.to.unwrap_or(known.now);
    let first_at = match (range.from, caller.user_label.as_deref()) {
        (None, Some(label)) => usage::first_call_of(state.database(), label).await?,
        _ => known.first_at,
    };
    let from = range.from.or(first_at).unwrap_or(to);
    Ok((from.min(to), to))
}

fn refusal(error: SeriesError) -> ApiError {
    match error {
        SeriesError::Db(error) => error.into(),
        SeriesError::TooManyPoints { points } => {
            let message = format!(
                "gives about {points} points, more than {MAX_POINTS}: use a shorter range, a longer interval or fewer groups"
            );
            ApiError::Validation(vec![FieldError::new("interval", message)])
        }
    }
}

fn group_series(series: Series, request: &SumRequest, names: &KeyNames) -> GroupSeries {
    let point = |point: Point| SeriesPoint {
        start: bounds::text(point.start),
        sums: Sums::new(&point.measures, &request.shown),
        details: request.with_details.then(|| Details::from(&point.measures)),
    };
    GroupSeries {
        is_other: series.group.is_none(),
        group: series
            .group
            .map(|group| sums::group_fields(group, &request.grouping, names))
            .unwrap_or_default(),
        points: series.points.into_iter().map(point).collect(),
    }
}
