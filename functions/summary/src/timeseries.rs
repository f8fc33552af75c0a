//! `GET /api/usage/timeseries`: who spent what, when.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::queries::{Grouping, Interval, TimeRange};
use http::HeaderMap;
use indexmap::IndexMap;
use ledger::usage::{self, Histograms, MAX_POINTS, Point, Series, SeriesError, SeriesQuery};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, FieldError, Problem};

use crate::bounds;
use crate::query::{self, Pairs, Question};
use crate::state::SummaryState;
use crate::sums::{self, Details, Sums};

/// Sums over time. The series of the groups and that of the others add up to the whole.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Timeseries {
    /// `15m`, `hour`, `day`, `week` (from Monday) or `month`.
    pub interval: &'static str,
    /// IANA name of the time zone whose calendar the buckets follow.
    pub tz: String,
    /// RFC 3339, UTC. The first instant that counts; where none is asked for, the first bucket with a call begins there.
    #[schema(format = DateTime)]
    pub from: String,
    /// The first instant that counts no more; now where none is asked for.
    #[schema(format = DateTime)]
    pub to: String,
    pub series: Vec<GroupSeries>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupSeries {
    /// The fields grouped by: `model`, `user_label`, `endpoint`, `status`, `key`, `tag.<name>`. Empty for the others.
    #[schema(value_type = std::collections::HashMap<String, Option<String>>)]
    pub group: IndexMap<String, Option<String>>,
    /// Whether this is the sum of all groups without a series of their own.
    pub is_other: bool,
    /// One for each bucket, also where nothing happened.
    pub points: Vec<SeriesPoint>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesPoint {
    /// RFC 3339, UTC: the bucket's first instant. Of the first and the last bucket only what is in the range counts.
    #[schema(format = DateTime)]
    pub start: String,
    #[serde(flatten)]
    pub sums: Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

#[utoipa::path(
    get,
    path = "/api/usage/timeseries",
    tag = "usage",
    description = "Sums per bucket of a time zone's calendar: a day that the clocks change in has 23 or 25 hours. With \
        `top` the groups that cost most get a series each, and all others one together, exactly. At most 50,000 points. \
        Filters as for the summary, `tag.<name>=<value>` included.",
    params(
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant of the range; that of the first call if absent"),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant after the range; now if absent"),
        ("interval" = Option<String>, Query, description = "15m, hour, day (default), week or month"),
        ("tz" = Option<String>, Query, description = "IANA time zone such as Europe/Berlin; UTC if absent"),
        ("top" = Option<u32>, Query, description = "Groups with a series of their own, 0 to 1000; all if absent"),
        ("user_label" = Option<Vec<String>>, Query, description = "Only these labels"),
        ("model" = Option<Vec<String>>, Query, description = "Only these models, as asked for"),
        ("key_id" = Option<Vec<String>>, Query, description = "Only calls of these keys"),
        ("group_by" = Option<String>, Query, description = "Comma list out of model, user_label, key, endpoint, status, tag.<name>"),
        ("cost" = Option<String>, Query, description = "`billed` (default): as each call was billed when it was settled, as on invoices and in limits. `current`: as priced now, with all corrections of prices, at the time of the calls they correct"),
        ("details" = Option<bool>, Query, description = "Adds percentiles, error rate and retries"),
    ),
    responses(
        (status = 200, description = "One series per group, the most expensive first", body = Timeseries),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid, or the answer would be too large", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_timeseries(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Json<Timeseries>, ApiError> {
    let caller = state.reader(&headers).await?;
    let mut question =
        query::parse(pairs, &caller, &["group_by", "details", "cost", "interval", "tz", "top"])?;
    let interval = question.interval.unwrap_or(Interval::Day);
    let tz = time_zone(&state, &mut question).await?;
    let (from, to) = range(&state, &question, caller.user_label.as_deref()).await?;
    question.filter.range = TimeRange { from: Some(from), to: Some(to) };
    let (grouping, with_details) = (question.grouping(), question.with_details.unwrap_or_default());
    bounds::check_sums(state.database(), &question.filter, &grouping).await?;
    let series = usage::series(
        state.database(),
        &SeriesQuery {
            filter: &question.filter,
            grouping: &grouping,
            from,
            to,
            interval,
            time_zone: &tz,
            top: question.top,
            histograms: Histograms::of(with_details),
            cost: question.cost.unwrap_or_default(),
        },
    )
    .await
    .map_err(refusal)?;
    Ok(Json(Timeseries {
        interval: interval.as_str(),
        tz,
        from: bounds::text(from),
        to: bounds::text(to),
        series: series.into_iter().map(|series| group_series(series, &grouping, with_details)).collect(),
    }))
}

async fn time_zone(state: &SummaryState, question: &mut Question) -> Result<String, ApiError> {
    let Some(name) = question.time_zone.take() else { return Ok("UTC".to_owned()) };
    if state.knows_time_zone(&name).await? {
        return Ok(name);
    }
    let message = "must be an IANA time zone such as Europe/Berlin";
    Err(ApiError::Validation(vec![FieldError::new("tz", message)]))
}

/// The range asked for, from the first call until now where an end is left open. A key bound to a label learns nothing of
/// when others began.
async fn range(
    state: &SummaryState,
    question: &Question,
    bound_to: Option<&str>,
) -> Result<(DateTime<Utc>, DateTime<Utc>), ApiError> {
    if let (Some(from), Some(to)) = (question.filter.range.from, question.filter.range.to) {
        return Ok((from, to));
    }
    let known = usage::bounds(state.database()).await?;
    let to = question.filter.range.to.unwrap_or(known.now);
    let first_at = match (question.filter.range.from, bound_to) {
        (None, Some(label)) => usage::first_call_of(state.database(), label).await?,
        _ => known.first_at,
    };
    let from = question.filter.range.from.or(first_at).unwrap_or(to);
    Ok((from.min(to), to))
}

fn refusal(error: SeriesError) -> ApiError {
    match error {
        SeriesError::Db(error) => error.into(),
        SeriesError::TooManyPoints { points } => {
            let message = format!(
                "would answer about {points} points, over {MAX_POINTS}: shorten the range, take a longer interval or fewer groups"
            );
            ApiError::Validation(vec![FieldError::new("interval", message)])
        }
    }
}

fn group_series(series: Series, grouping: &Grouping, with_details: bool) -> GroupSeries {
    let point = |point: Point| SeriesPoint {
        start: bounds::text(point.start),
        sums: Sums::from(&point.measures),
        details: with_details.then(|| Details::from(&point.measures)),
    };
    GroupSeries {
        is_other: series.group.is_none(),
        group: series.group.map(|group| sums::group_fields(group, grouping)).unwrap_or_default(),
        points: series.points.into_iter().map(point).collect(),
    }
}
