//! `GET /api/usage/me`: the caller's key, what remains of every limit that applies, and its usage.

mod limit;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use domain::ids::KeyId;
use domain::keys::Caller;
use domain::queries::{TimeRange, UsageFilter};
use domain::words::Word;
use ledger::limits;
use ledger::usage::{self, Measures};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::Label;
use web::{ApiCaller, ApiError, FieldError, Input, QueryParams, Request};

use self::limit::{MyLimit, reads};
use crate::bounds::text;
use crate::query::{TagFilter, check_tags};
use crate::state::SummaryState;
use crate::sums::{ShownMeasures, Sums};

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
    /// Whether calls may bring a provider key of their own.
    pub accepts_provider_keys: bool,
    /// Global limits first, then those of the label, of the key and of the tags asked about. All of them apply to each
    /// call; a limit for each label, key or value of a tag is shown as that of this one.
    pub limits: Vec<MyLimit>,
    pub today: MyUsage,
    pub this_month: MyUsage,
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
    #[param(inline, value_type = Option<Label>)]
    user_label: Option<Label>,
    #[serde(rename = "tag.*")]
    #[param(ignore)]
    tags: Option<TagFilter>,
}

impl Request for MeParams {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        check_tags(input, errors);
        let Some(Some(TagFilter(tags))) = input.get::<Option<TagFilter>>("tag.*") else { return };
        let repeated = tags.into_iter().filter(|(_, values)| values.len() > 1);
        errors.extend(
            repeated.map(|(name, _)| FieldError::new(format!("tag.{name}"), "must be sent only once")),
        );
    }
}

impl MeParams {
    /// The label that limits are looked up by: the key's own, or the requested one.
    fn label(&self, caller: &Caller) -> Result<Option<String>, ApiError> {
        match (&caller.user_label, self.user_label.as_ref().map(|label| &label.0)) {
            (Some(own), Some(requested)) if own != requested => Err(ApiError::LabelNotAllowed),
            (own, requested) => Ok(own.as_ref().or(requested).cloned()),
        }
    }

    /// The tags that limits are looked up by, as an object.
    fn into_tags(self) -> Value {
        let tags = self.tags.map(|tags| tags.0).unwrap_or_default();
        tags.into_iter().map(|(name, values)| (name, Value::from(values.concat()))).collect()
    }
}

#[utoipa::path(
    get,
    path = "/api/usage/me",
    tag = "usage",
    description = "The key of this request, what remains of every limit that applies to its calls, and its usage. Open to \
        every valid key, whatever its scopes. Limits on tags apply to calls with the tag: ask about them with \
        `tag.<name>=value`, once for each tag that your calls send in `X-Usage-Tags`.",
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
    let label = params.label(&caller)?;
    let limits =
        limits::applying(state.database(), label.as_deref(), caller.key_id, params.into_tags()).await?;
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
        accepts_provider_keys: state.accepts_provider_keys(),
        limits,
        today: MyUsage::new(starts[0], &today),
        this_month: MyUsage::new(starts[1], &this_month),
    }))
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

impl MyUsage {
    fn new(from: DateTime<Utc>, measures: &Measures) -> Self {
        Self { from: text(from), sums: Sums::new(measures, &ShownMeasures::default()) }
    }
}
