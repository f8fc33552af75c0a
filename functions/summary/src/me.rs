//! `GET /api/usage/me`: what a key is, what is left of every limit it is held to, and what it used.

use axum::Json;
use axum::extract::{Query, State};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use domain::ids::{KeyId, LimitId};
use domain::keys::Caller;
use domain::limits::{Metric, Mode, Period};
use domain::names::{MAX_LABEL_CHARS, is_label};
use domain::queries::{TimeRange, UsageFilter};
use http::HeaderMap;
use ledger::limits;
use ledger::usage::{self, Measures};
use serde::Serialize;
use utoipa::ToSchema;
use web::{Amount, ApiError, FieldError, LimitSubjectView, Problem};

use crate::bounds::text;
use crate::query::Pairs;
use crate::state::SummaryState;
use crate::sums::Sums;

/// The caller's key, what it is held to and what it used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    #[schema(value_type = String, example = "key_0198c0de0000700080000000deadbeef")]
    pub key_id: KeyId,
    pub name: String,
    /// The one label the key may use; null is any.
    #[schema(required = true)]
    pub user_label: Option<String>,
    #[schema(example = json!(["chat"]))]
    pub scopes: Vec<&'static str>,
    /// Globs of the models it may use; null is every model.
    #[schema(required = true)]
    pub models: Option<Vec<String>>,
    /// When the key ends; null is never.
    #[schema(required = true)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the secret of this request ends, which a rotation has replaced; null otherwise.
    #[schema(required = true)]
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// Everybody's first, then those of the label and of the key. Each call is held to all of them.
    pub limits: Vec<MyLimit>,
    pub today: MyUsage,
    pub this_month: MyUsage,
}

/// A limit with what is left of it in its current window.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyLimit {
    #[schema(value_type = String, example = "lim_0198c0de0000700080000000deadbeef")]
    pub id: LimitId,
    pub subject: LimitSubjectView,
    pub metric: Metric,
    pub window: Period,
    pub amount: Amount,
    /// `soft` refuses nothing.
    pub mode: Mode,
    /// Settled in the current window, by all whom the limit counts.
    pub used: Amount,
    /// Held by calls in flight, which give back what they do not use.
    pub reserved: Amount,
    pub remaining: Amount,
    /// When the current window ends; null where it never does.
    #[schema(required = true)]
    pub resets_at: Option<DateTime<Utc>>,
}

/// What this key used since an instant: under its label, or whatever the label where it is bound to none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyUsage {
    /// The midnight, or the first of the month, in UTC.
    #[schema(format = DateTime)]
    pub from: String,
    #[serde(flatten)]
    pub sums: Sums,
}

#[utoipa::path(
    get,
    path = "/api/usage/me",
    tag = "usage",
    description = "What the key of this request is, what is left of every limit that its calls are held to, and what it used. \
        Any valid key may ask, whatever its scopes.",
    params(
        ("user_label" = Option<String>, Query, description = "With a key that is bound to no label: the label that its \
            calls will name, to see the limits of that label too"),
    ),
    responses(
        (status = 200, description = "The caller's key", body = Me),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key is bound to another label", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_me(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Json<Me>, ApiError> {
    let caller = state.caller(&headers).await?;
    let label = label(pairs, &caller)?;
    let limits = limits::applying(state.database(), label.as_deref(), caller.key_id).await?;
    let starts = [midnight, first_of_month].map(|start| start(caller.authenticated_at));
    // A bound key reads its label alone: what it used under another one, before it was bound anew, is not its own now.
    let filter = UsageFilter {
        key_ids: Some(vec![caller.key_id]),
        user_labels: caller.user_label.clone().map(|own| vec![own]),
        ..UsageFilter::default()
    };
    let ranges = starts.map(|from| TimeRange { from: Some(from), to: None });
    let [today, this_month] = usage::sum_ranges(state.database(), &filter, ranges).await?;
    Ok(Json(Me {
        key_id: caller.key_id,
        name: caller.name,
        user_label: caller.user_label,
        scopes: caller.scopes.iter().map(|scope| scope.as_str()).collect(),
        models: caller.models,
        expires_at: caller.expires_at,
        secret_expires_at: caller.secret_expires_at,
        limits: limits.iter().map(MyLimit::from).collect(),
        today: MyUsage::new(starts[0], &today),
        this_month: MyUsage::new(starts[1], &this_month),
    }))
}

/// The label that limits are looked up by: the key's own, or the one that is asked about.
fn label(pairs: Pairs, caller: &Caller) -> Result<Option<String>, ApiError> {
    let Query(pairs) =
        pairs.map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
    let mut asked = None;
    let mut errors = Vec::new();
    for (name, value) in pairs {
        let message = match name.as_str() {
            "user_label" if asked.is_some() => "may be given once".to_owned(),
            "user_label" if !is_label(&value) => {
                format!("must be 1 to {MAX_LABEL_CHARS} letters, digits, spaces or characters of ._@:/+-")
            }
            "user_label" => {
                asked = Some(value);
                continue;
            }
            _ => "is not a parameter of this endpoint".to_owned(),
        };
        errors.push(FieldError::new(name, message));
    }
    if !errors.is_empty() {
        return Err(ApiError::Validation(errors));
    }
    match (&caller.user_label, asked) {
        (Some(own), Some(asked)) if *own != asked => Err(ApiError::LabelNotAllowed),
        (own, asked) => Ok(own.clone().or(asked)),
    }
}

fn midnight(at: DateTime<Utc>) -> DateTime<Utc> {
    begin(at.date_naive())
}

fn first_of_month(at: DateTime<Utc>) -> DateTime<Utc> {
    let date = at.date_naive();
    begin(date.with_day(1).unwrap_or(date))
}

fn begin(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

impl From<&domain::limits::Limit> for MyLimit {
    fn from(limit: &domain::limits::Limit) -> Self {
        let facts = &limit.facts;
        let amount = |value| Amount::of(facts.metric, value);
        Self {
            id: limit.id,
            subject: LimitSubjectView::from(&facts.subject),
            metric: facts.metric,
            window: facts.period,
            amount: amount(facts.amount),
            mode: facts.mode,
            used: amount(limit.used),
            reserved: amount(limit.reserved),
            remaining: amount(limit.remaining),
            resets_at: limit.resets_at,
        }
    }
}

impl MyUsage {
    fn new(from: DateTime<Utc>, measures: &Measures) -> Self {
        Self { from: text(from), sums: Sums::from(measures) }
    }
}
