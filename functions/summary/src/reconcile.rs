//! `GET /api/usage/reconcile`: the ledger against what the provider says was used and billed.

use axum::Json;
use axum::extract::State;
use chrono::{Days, NaiveDate, NaiveTime};
use domain::money::PicoUsdSum;
use domain::queries::TimeRange;
use domain::reconcile::{
    DifferenceCause, LedgerSums, ProviderSums, ReconcileGroups, ReconcileRow, UsageCounts, compare,
};
use http::HeaderMap;
use ledger::reconcile::{self, ReconcileQuery};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, FieldError, Problem};

use crate::bounds::{self, text};
use crate::query::Pairs;
use crate::state::SummaryState;

const MAX_DAYS: i64 = 92;
const DEFAULT_DAYS: u64 = 7;

/// Both sides, day by day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reconciliation {
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// The first day after.
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
    pub fetching: Fetching,
    /// Days the provider was never asked for: what it has of them is unknown, and not zero.
    #[schema(value_type = Vec<String>)]
    pub missing_days: Vec<NaiveDate>,
    pub rows: Vec<ReconciliationRow>,
}

/// How fetching the provider's figures goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fetching {
    /// `never`, `complete`, `incomplete` (it goes on within a minute), `unauthorised` (the admin key was refused) or `failed`.
    pub status: String,
    #[schema(required = true, format = DateTime)]
    pub attempted_at: Option<String>,
    /// When all days that may still change were last fetched.
    #[schema(required = true, format = DateTime)]
    pub succeeded_at: Option<String>,
    #[schema(required = true)]
    pub error: Option<String>,
}

/// A day, or a model or provider's key on it.
#[expect(
    clippy::option_option,
    reason = "absent where keys are not told apart, null where the key is unknown"
)]
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciliationRow {
    #[schema(value_type = String, format = Date)]
    pub day: NaiveDate,
    /// The version that served, or a line of the bill that is of no model. There if grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The provider's name of its key; null where the ledger's calls may be of several. There if grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub api_key_id: Option<Option<String>>,
    /// When the provider was asked; null where it never was.
    #[schema(required = true, format = DateTime)]
    pub fetched_at: Option<String>,
    /// Whether the provider's figures will not change any more.
    pub is_final: bool,
    #[schema(required = true)]
    pub ledger: Option<LedgerSide>,
    #[schema(required = true)]
    pub provider: Option<ReconciledCounts>,
    /// The provider's side less the ledger's; calls that failed are left out, as the provider does not count them.
    #[schema(required = true)]
    pub difference: Option<ReconciledCounts>,
    /// Likely reasons, of `not_fetched`, `not_yet_final`, `boundary`, `estimated_rows`, `not_through_us`, `unpriced`,
    /// `tier_differs`, `price_differs`, `key_unknown`, `unexplained`. None where both sides agree.
    #[schema(value_type = Vec<String>)]
    pub causes: Vec<DifferenceCause>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerSide {
    #[serde(flatten)]
    pub counts: ReconciledCounts,
    /// Of all calls; `calls` has those that the provider counts too.
    pub failed_calls: i64,
    pub estimated_calls: i64,
    pub unpriced_calls: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReconciledCounts {
    pub calls: i64,
    /// Cached ones included.
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub output_tokens: i64,
    /// An exact decimal; null where it is unknown.
    #[schema(value_type = Option<String>, required = true, example = "12.3456")]
    pub cost_usd: Option<PicoUsdSum>,
}

impl ReconciledCounts {
    fn new(counts: UsageCounts, cost_usd: Option<PicoUsdSum>) -> Self {
        let UsageCounts { calls, input_tokens, cached_tokens, output_tokens } = counts;
        Self { calls, input_tokens, cached_tokens, output_tokens, cost_usd }
    }
}

#[utoipa::path(
    get,
    path = "/api/usage/reconcile",
    tag = "usage",
    description = "The ledger against the provider's own usage and costs, which maintenance fetches each hour where an admin \
        key of the provider is configured. All calls are made with the service's one provider key; those with a provider key \
        of the caller's own are on another bill and left out. `project_id` and `api_key_id` (the provider's, repeatable) narrow \
        the provider's side to where that key belongs; costs are not told by key. The ledger dates calls by their end, the \
        provider by their request. For keys that are bound to no label.",
    params(
        ("from" = Option<String>, Query, description = "First UTC day, as 2026-11-01; a week ago if absent"),
        ("to" = Option<String>, Query, description = "First UTC day after the range; tomorrow if absent. At most 92 days"),
        ("group_by" = Option<String>, Query, description = "Comma list out of day (always), model, key; day if absent"),
        ("project_id" = Option<Vec<String>>, Query, description = "Only what the provider counts for these of its projects"),
        ("api_key_id" = Option<Vec<String>>, Query, description = "Only what the provider counts for these of its keys"),
    ),
    responses(
        (status = 200, description = "Rows by day, model and key", body = Reconciliation),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read this, or is bound to a label", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_reconciliation(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Json<Reconciliation>, ApiError> {
    let caller = state.reader(&headers).await?;
    if caller.user_label.is_some() {
        // The provider's figures are of everybody together.
        return Err(ApiError::LabelNotAllowed);
    }
    let database = state.database();
    let asked = Asked::parse(pairs)?;
    let sync = reconcile::sync(database).await?;
    let question = asked.question(sync.today)?;
    check(&state, &question).await?;
    let books = reconcile::read(database, &question).await?;
    let days = question.from..question.to;
    let mut missing_days: Vec<NaiveDate> = days.start.iter_days().take_while(|day| *day < days.end).collect();
    missing_days.retain(|day| !books.days.contains_key(day));
    let groups = ReconcileGroups { by_model: question.by_model, by_key: question.by_key };
    let rows = compare(&books, days.clone(), groups);
    Ok(Json(Reconciliation {
        from: days.start,
        to: days.end,
        fetching: Fetching {
            status: sync.status,
            attempted_at: sync.attempted_at.map(text),
            succeeded_at: sync.succeeded_at.map(text),
            error: sync.error,
        },
        missing_days,
        rows: rows.into_iter().map(|row| ReconciliationRow::new(row, question.by_key)).collect(),
    }))
}

impl ReconciliationRow {
    fn new(row: ReconcileRow, by_key: bool) -> Self {
        let ledger = |ledger: LedgerSums| LedgerSide {
            counts: ReconciledCounts::new(ledger.counts(), ledger.cost),
            failed_calls: ledger.failed_calls,
            estimated_calls: ledger.estimated_calls,
            unpriced_calls: ledger.unpriced_calls,
        };
        Self {
            day: row.day,
            fetched_at: row.fetched.map(|fetched| text(fetched.fetched_at)),
            is_final: row.fetched.is_some_and(|fetched| fetched.is_final),
            ledger: row.ledger.map(ledger),
            provider: row
                .provider
                .map(|provider: ProviderSums| ReconciledCounts::new(provider.counts(), provider.cost)),
            difference: row.difference().map(|(counts, cost)| ReconciledCounts::new(counts, cost)),
            causes: row.causes,
            model: row.model,
            api_key_id: by_key.then_some(row.api_key_id),
        }
    }
}

/// Calls that cross a midnight are read one by one, and models are told apart by reading single calls: as many as one answer may read, and no older than they are kept.
async fn check(state: &SummaryState, question: &ReconcileQuery) -> Result<(), ApiError> {
    let moved = reconcile::moved_rows(state.database(), question).await?;
    bounds::check_count(moved, "calls around midnight are read one by one")?;
    if !question.by_model {
        return Ok(());
    }
    let instant = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let range = TimeRange { from: Some(instant(question.from)), to: Some(instant(question.to)) };
    bounds::check_range(state.database(), range).await
}

/// The query as it was sent.
#[derive(Debug, Default)]
struct Asked {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    groups: Option<Vec<String>>,
    project_ids: Option<Vec<String>>,
    api_key_ids: Option<Vec<String>>,
}

impl Asked {
    fn parse(pairs: Pairs) -> Result<Self, ApiError> {
        let axum::extract::Query(pairs) =
            pairs.map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
        let mut asked = Self::default();
        let mut errors = Vec::new();
        for (name, value) in pairs {
            if let Err(message) = asked.read(&name, value) {
                errors.push(FieldError::new(name, message));
            }
        }
        if errors.is_empty() { Ok(asked) } else { Err(ApiError::Validation(errors)) }
    }

    fn read(&mut self, name: &str, value: String) -> Result<(), String> {
        if value.chars().any(char::is_control) {
            return Err("must not hold control characters".to_owned());
        }
        let is_again = match name {
            "from" => self.from.replace(parse_day(&value)?).is_some(),
            "to" => self.to.replace(parse_day(&value)?).is_some(),
            "group_by" => self.groups.replace(parse_groups(&value)?).is_some(),
            "project_id" => {
                self.project_ids.get_or_insert_default().push(value);
                false
            }
            "api_key_id" => {
                self.api_key_ids.get_or_insert_default().push(value);
                false
            }
            _ => return Err("is not a parameter of this endpoint".to_owned()),
        };
        if is_again { Err("may be given once".to_owned()) } else { Ok(()) }
    }

    fn question(self, today: NaiveDate) -> Result<ReconcileQuery, ApiError> {
        let refusal = |message: String| ApiError::Validation(vec![FieldError::new("to", message)]);
        let to = self.to.or_else(|| today.succ_opt()).unwrap_or(today);
        let from = self.from.or_else(|| to.checked_sub_days(Days::new(DEFAULT_DAYS))).unwrap_or(to);
        if from > to {
            return Err(refusal("must not be before 'from'".to_owned()));
        }
        if (to - from).num_days() > MAX_DAYS {
            return Err(refusal(format!("must be at most {MAX_DAYS} days after 'from'")));
        }
        let has =
            |group: &str| self.groups.as_ref().is_some_and(|groups| groups.iter().any(|name| name == group));
        let (by_model, by_key) = (has("model"), has("key"));
        Ok(ReconcileQuery {
            from,
            to,
            by_model,
            by_key,
            project_ids: self.project_ids,
            api_key_ids: self.api_key_ids,
        })
    }
}

fn parse_day(text: &str) -> Result<NaiveDate, String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    // The database's calendar is wider, that of a request is not.
    day.filter(|day| (1970..=9998).contains(&chrono::Datelike::year(day)))
        .ok_or_else(|| "must be a UTC day such as 2026-11-01".to_owned())
}

fn parse_groups(text: &str) -> Result<Vec<String>, String> {
    let groups: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    match groups.iter().find(|name| !["day", "model", "key"].contains(&name.as_str())) {
        None => Ok(groups),
        Some(name) => Err(format!("must be a comma list out of day, model and key; got '{name}'")),
    }
}
