//! `GET /api/usage/me`: the caller's key, what remains of every limit that applies, and its usage.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use domain::ids::{KeyId, LimitId};
use domain::keys::{Caller, Scope};
use domain::limits::{LimitSubject, Metric, Mode, Period};
use domain::queries::{TimeRange, UsageFilter};
use domain::words::Word;
use ledger::limits;
use ledger::usage::{self, Measures};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::Label;
use web::{Amount, ApiCaller, ApiError, LimitSubjectView, QueryParams, Request};

use crate::bounds::text;
use crate::state::SummaryState;
use crate::sums::Sums;

/// The caller's key, its limits and its usage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    #[schema(value_type = String, example = "key_0198c0de0000700080000000deadbeef")]
    pub key_id: KeyId,
    pub name: String,
    /// The one label the key may use; null for any.
    #[schema(required = true)]
    pub user_label: Option<String>,
    #[schema(example = json!(["chat"]))]
    pub scopes: Vec<&'static str>,
    /// Globs of the models it may use; null for all models.
    #[schema(required = true)]
    pub models: Option<Vec<String>>,
    /// When the key expires; null for never.
    #[schema(required = true)]
    pub expires_at: Option<DateTime<Utc>>,
    /// When the secret of this request expires, where a rotation has replaced it; null otherwise.
    #[schema(required = true)]
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// Global limits first, then those of the label and of the key. All of them apply to each call.
    pub limits: Vec<MyLimit>,
    pub today: MyUsage,
    pub this_month: MyUsage,
}

/// A limit with what remains of it in its current window.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyLimit {
    #[schema(value_type = String, example = "lim_0198c0de0000700080000000deadbeef")]
    pub id: LimitId,
    pub subject: LimitSubjectView,
    pub metric: Metric,
    pub window: Period,
    /// Null, as `used` and `reserved`, unless the limit is on the key's own label or the key itself, or the key reads the usage
    /// of all labels.
    #[schema(required = true)]
    pub amount: Option<Amount>,
    /// `soft` limits never refuse a call.
    pub mode: Mode,
    /// Settled in the current window, by everyone the limit counts.
    #[schema(required = true)]
    pub used: Option<Amount>,
    /// Reserved by calls in flight, which release what they do not use.
    #[schema(required = true)]
    pub reserved: Option<Amount>,
    pub remaining: Amount,
    /// When the current window ends; null where it never ends.
    #[schema(required = true)]
    pub resets_at: Option<DateTime<Utc>>,
}

/// Usage of this key since an instant: under its label, or under any label where it is not bound.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyUsage {
    /// Start of the day or of the month, in UTC.
    #[schema(format = DateTime)]
    pub from: String,
    #[serde(flatten)]
    pub sums: Sums,
}

/// Whose limits to include.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeParams {
    /// For keys bound to no label: also show the limits of this label
    #[param(value_type = Option<String>)]
    user_label: Option<Label>,
}

impl Request for MeParams {}

impl MeParams {
    /// The label that limits are looked up by: the key's own, or the requested one.
    fn into_label(self, caller: &Caller) -> Result<Option<String>, ApiError> {
        match (&caller.user_label, self.user_label.map(|label| label.0)) {
            (Some(own), Some(requested)) if *own != requested => Err(ApiError::LabelNotAllowed),
            (own, requested) => Ok(own.clone().or(requested)),
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/usage/me",
    tag = "usage",
    description = "The key of this request, what remains of every limit that applies to its calls, and its usage. Open to \
        every valid key, whatever its scopes.",
    params(MeParams),
    responses(
        (status = 200, description = "The caller's key", body = Me),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_me(
    State(state): State<SummaryState>,
    ApiCaller(caller): ApiCaller,
    QueryParams(params): QueryParams<MeParams>,
) -> Result<Json<Me>, ApiError> {
    let label = params.into_label(&caller)?;
    let limits = limits::applying(state.database(), label.as_deref(), caller.key_id).await?;
    let limits =
        limits.iter().map(|limit| MyLimit::new(limit, reads(&caller, &limit.facts.subject))).collect();
    let starts = [midnight, first_of_month].map(|start| start(caller.authenticated_at));
    // A bound key reads its label alone, so its usage under a previous label is not shown.
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
        limits,
        today: MyUsage::new(starts[0], &today),
        this_month: MyUsage::new(starts[1], &this_month),
    }))
}

/// Whether the caller may read what others used of a limit: a limit of its own counts nothing else.
fn reads(caller: &Caller, subject: &LimitSubject) -> bool {
    let reads_all = caller.user_label.is_none()
        && caller.scopes.iter().any(|scope| matches!(scope, Scope::UsageRead | Scope::Admin));
    reads_all
        || match subject {
            LimitSubject::Label(label) => caller.user_label.as_ref() == Some(label),
            LimitSubject::Key(id) => *id == caller.key_id,
            LimitSubject::Global | LimitSubject::EachKey | LimitSubject::Tag(_) => false,
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

impl MyLimit {
    fn new(limit: &domain::limits::Limit, is_readable: bool) -> Self {
        let facts = &limit.facts;
        let amount = |value| Amount::of(facts.metric, value);
        Self {
            id: limit.id,
            subject: LimitSubjectView::from(&facts.subject),
            metric: facts.metric,
            window: facts.period,
            amount: is_readable.then(|| amount(facts.amount)),
            mode: facts.mode,
            used: is_readable.then(|| amount(limit.usage.used)),
            reserved: is_readable.then(|| amount(limit.usage.reserved)),
            remaining: amount(limit.usage.remaining),
            resets_at: limit.resets_at,
        }
    }
}

impl MyUsage {
    fn new(from: DateTime<Utc>, measures: &Measures) -> Self {
        Self { from: text(from), sums: Sums::from(measures) }
    }
}
