//! `GET /api/usage/reconcile`: the ledger against the provider's own figures of usage and cost.

use axum::Json;
use axum::extract::State;
use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use domain::provider::Provider;
use domain::queries::TimeRange;
use domain::reconcile::{ReconcileGroups, compare};
use ledger::reconcile::{self, ReconcileQuery};
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::IntoParams;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::SearchText;
use web::values::schemas;
use web::{ApiError, FieldError, QueryParams, Reader, Request};

use crate::bounds::{self, text};
use crate::query::texts;
use crate::reconciliation::{Fetching, Reconciliation, ReconciliationRow};
use crate::state::SummaryState;

const MAX_DAYS: i64 = 92;
const DEFAULT_DAYS: u64 = 7;

/// What to compare.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReconcileParams {
    /// Whose figures to compare with the ledger's calls to it: `openai` (default) or `anthropic`
    #[param(inline, value_type = Option<ReportingProvider>)]
    provider: Option<ReportingProvider>,
    /// First UTC day, such as 2026-11-01; default a week ago
    #[param(inline, value_type = Option<Day>)]
    from: Option<Day>,
    /// UTC day after the last one, at most 92 days after `from`; default tomorrow
    #[param(inline, value_type = Option<Day>)]
    to: Option<Day>,
    /// Comma-separated list of `day` (always), `model` and `key`; default `day`
    #[param(inline, value_type = Option<Groups>)]
    group_by: Option<Groups>,
    /// Only what the provider counts for these of its projects; repeatable
    #[param(inline, value_type = Option<Vec<SearchText>>)]
    project_id: Option<Vec<SearchText>>,
    /// Only what the provider counts for these of its keys; repeatable
    #[param(inline, value_type = Option<Vec<SearchText>>)]
    api_key_id: Option<Vec<SearchText>>,
}

impl Request for ReconcileParams {}

#[utoipa::path(
    get,
    path = "/api/usage/reconcile",
    tag = "usage",
    description = "Compares the ledger with a provider's own usage and costs, which are fetched each hour where an admin \
        key of the provider is configured. All calls use the service's one key of a provider; calls with the caller's own \
        provider key are on another bill and left out. `project_id` and `api_key_id` (the provider's, repeatable) restrict \
        the provider's figures to where that key belongs; costs are not available by key. The ledger dates calls by their \
        end, the provider by their request. Only for keys that are bound to no label.",
    params(ReconcileParams),
    responses(
        (status = 200, description = "Rows by day, model and key", body = Reconciliation),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_reconciliation(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams(params): QueryParams<ReconcileParams>,
) -> Result<Json<Reconciliation>, ApiError> {
    if caller.user_label.is_some() {
        // The provider's figures cover everyone.
        return Err(ApiError::LabelNotAllowed);
    }
    let database = state.database();
    let provider = params.provider.as_ref().map_or(Provider::OPENAI, |named| named.0.clone());
    let sync = reconcile::sync(database, &provider).await?;
    let query = params.into_question(provider, sync.today)?;
    check(&state, &query).await?;
    let input = reconcile::read(database, &query).await?;
    let days = query.from..query.to;
    let mut missing_days: Vec<NaiveDate> = days.start.iter_days().take_while(|day| *day < days.end).collect();
    missing_days.retain(|day| !input.days.contains_key(day));
    let reported = input.reported;
    let groups = ReconcileGroups { by_model: query.by_model, by_key: query.by_key };
    let rows = compare(&input, days.clone(), groups);
    Ok(Json(Reconciliation {
        provider: query.provider,
        from: days.start,
        to: days.end,
        fetching: Fetching {
            status: sync.status,
            attempted_at: sync.attempted_at.map(text),
            succeeded_at: sync.succeeded_at.map(text),
            error: sync.error,
        },
        missing_days,
        rows: rows.into_iter().map(|row| ReconciliationRow::new(row, query.by_key, reported)).collect(),
    }))
}

/// Calls around midnight, and all calls where grouped by model, are read one by one: they must be within retention, and
/// no more than one response may read.
async fn check(state: &SummaryState, query: &ReconcileQuery) -> Result<(), ApiError> {
    let moved = reconcile::moved_rows(state.database(), query).await?;
    bounds::check_count(moved, "calls around midnight are read one by one")?;
    if !query.by_model {
        return Ok(());
    }
    let instant = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let range = TimeRange { from: Some(instant(query.from)), to: Some(instant(query.to)) };
    bounds::check_range(state.database(), range).await
}

impl ReconcileParams {
    fn into_question(self, provider: Provider, today: NaiveDate) -> Result<ReconcileQuery, ApiError> {
        let invalid = |message: String| ApiError::Validation(vec![FieldError::new("to", message)]);
        let to = self.to.map(|day| day.0).or_else(|| today.succ_opt()).unwrap_or(today);
        let from = self.from.map(|day| day.0);
        let from = from.or_else(|| to.checked_sub_days(Days::new(DEFAULT_DAYS))).unwrap_or(to);
        if from > to {
            return Err(invalid("must not be before 'from'".to_owned()));
        }
        if (to - from).num_days() > MAX_DAYS {
            return Err(invalid(format!("must be at most {MAX_DAYS} days after 'from'")));
        }
        let groups = self.group_by.unwrap_or_default();
        Ok(ReconcileQuery {
            provider,
            from,
            to,
            by_model: groups.by_model,
            by_key: groups.by_key,
            project_ids: self.project_id.map(texts),
            api_key_ids: self.api_key_id.map(texts),
        })
    }
}

/// A provider whose usage and costs can be fetched.
#[derive(Debug, Clone)]
pub(crate) struct ReportingProvider(Provider);

web::schema!(ReportingProvider, schemas::pattern("^(openai|anthropic)$"));

impl<'de> Deserialize<'de> for ReportingProvider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = [Provider::OPENAI, Provider::ANTHROPIC].into_iter().find(|known| known.as_str() == name);
        found.map(Self).ok_or_else(|| D::Error::custom("must be openai or anthropic: others report no usage"))
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Day(NaiveDate);

web::schema!(
    Day,
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
        day.filter(|day| (1970..=9998).contains(&day.year()))
            .map(Self)
            .ok_or_else(|| D::Error::custom("must be a UTC day such as 2026-11-01"))
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Groups {
    by_model: bool,
    by_key: bool,
}

web::schema!(Groups, schemas::pattern("^(day|model|key)(,(day|model|key))*$"));

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut groups = Self::default();
        for name in String::deserialize(deserializer)?.split(',').map(str::trim) {
            match name {
                "day" => {}
                "model" => groups.by_model = true,
                "key" => groups.by_key = true,
                _ => {
                    let message =
                        format!("must be a comma-separated list of day, model and key; got '{name}'");
                    return Err(D::Error::custom(message));
                }
            }
        }
        Ok(groups)
    }
}
