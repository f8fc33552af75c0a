//! `GET /api/usage/summary`: who spent what.

use axum::Json;
use axum::extract::State;
use domain::queries::{Dimension, Grouping};
use http::HeaderMap;
use indexmap::IndexMap;
use ledger::usage::{self, Group, Histograms, Totals};
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Problem};

use crate::bounds;
use crate::query::{self, Pairs};
use crate::state::SummaryState;
use crate::sums::{self, Details, Sums};

/// Totals of one group. It holds the fields that were grouped by: `model` and `user_label` where nothing else is asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryRow {
    /// The model that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `key` (null for calls made with a provider key of the caller's own), and `tag.<name>` for every tag grouped by
    /// (null for calls without it).
    #[serde(flatten)]
    #[schema(ignore)]
    pub others: IndexMap<String, Option<String>>,
    #[serde(flatten)]
    pub sums: Sums,
    /// RFC 3339, UTC.
    #[schema(format = DateTime)]
    pub last_call_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

#[utoipa::path(
    get,
    path = "/api/usage/summary",
    tag = "usage",
    description = "Totals of all settled calls the key may see, exact and without lag. Further filters: \
        `tag.<name>=<value>`, repeatable. `user_label`, `model`, `key_id` may be repeated. Answered from sums of sealed \
        calls and the calls since; where tags, endpoint or status are asked for, from single calls, of which a range may \
        then hold 5 million. Percentiles are within 5 % of the exact ones.",
    params(
        ("from" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant of the range"),
        ("to" = Option<chrono::DateTime<chrono::Utc>>, Query, description = "First instant after the range"),
        ("user_label" = Option<Vec<String>>, Query, description = "Only these labels"),
        ("model" = Option<Vec<String>>, Query, description = "Only these models, as asked for"),
        ("key_id" = Option<Vec<String>>, Query, description = "Only calls of these keys"),
        ("group_by" = Option<String>, Query, description = "Comma list out of model, user_label, key, endpoint, status, tag.<name>"),
        ("cost" = Option<String>, Query, description = "`billed` (default): as each call was billed when it was settled, as on invoices and in limits. `current`: as priced now, with all corrections of prices, at the time of the calls they correct"),
        ("details" = Option<bool>, Query, description = "Adds percentiles, error rate and retries"),
    ),
    responses(
        (status = 200, description = "One row per group, ordered by the groups", body = Vec<SummaryRow>),
        (status = 401, description = "No valid key", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key may not read this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Parameters are invalid", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_summary(
    State(state): State<SummaryState>,
    headers: HeaderMap,
    pairs: Pairs,
) -> Result<Json<Vec<SummaryRow>>, ApiError> {
    let caller = state.reader(&headers).await?;
    let question = query::parse(pairs, &caller, &["group_by", "details", "cost"])?;
    let (grouping, with_details) = (question.grouping(), question.with_details.unwrap_or_default());
    bounds::check_sums(state.database(), &question.filter, &grouping).await?;
    let totals = usage::summarize(
        state.database(),
        &question.filter,
        &grouping,
        Histograms::of(with_details),
        question.cost.unwrap_or_default(),
    )
    .await?;
    let mut rows: Vec<SummaryRow> =
        totals.into_iter().map(|totals| SummaryRow::new(totals, &grouping, with_details)).collect();
    // Here and not in SQL: the order must not depend on the database's collation.
    rows.sort_by(|a, b| a.group().cmp(&b.group()));
    Ok(Json(rows))
}

impl SummaryRow {
    fn new(totals: Totals, grouping: &Grouping, with_details: bool) -> Self {
        let Totals { mut group, measures } = totals;
        Self {
            model: group.model.take(),
            user_label: group.user_label.take(),
            endpoint: group.endpoint.take(),
            status: group.status.take(),
            others: other_fields(group, grouping),
            sums: Sums::from(&measures),
            last_call_at: measures.last_call_at.map(bounds::text).unwrap_or_default(),
            details: with_details.then(|| Details::from(&measures)),
        }
    }

    fn group(&self) -> impl Ord + '_ {
        (
            &self.model,
            &self.user_label,
            &self.endpoint,
            &self.status,
            self.others.values().collect::<Vec<_>>(),
        )
    }
}

/// What has no field of its own: the key and the tags.
fn other_fields(group: Group, grouping: &Grouping) -> IndexMap<String, Option<String>> {
    let dimensions = grouping.dimensions.iter().copied().filter(|dimension| *dimension == Dimension::Key);
    sums::group_fields(group, &Grouping { dimensions: dimensions.collect(), tags: grouping.tags.clone() })
}
