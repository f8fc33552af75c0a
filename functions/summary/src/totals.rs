//! `GET /api/usage/summary`: totals per group.

use axum::extract::State;
use axum::response::Response;
use domain::queries::{Dimension, Grouping};
use indexmap::IndexMap;
use ledger::usage::{self, Group, Totals};
use serde::Serialize;
use utoipa::ToSchema;
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::{ApiError, QueryParams, Reader};

use crate::bounds;
use crate::query::{CostParams, OutcomeParams, SumParams, SumRequest, UsageParams};
use crate::revalidate::Revalidation;
use crate::state::SummaryState;
use crate::sums::{self, Details, KeyNames, Sums};

/// Totals of one group, with the fields that were grouped by: by default `model` and `user_label`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryRow {
    /// The requested model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Who is paid for the calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `key` (null for calls made with the caller's own provider key) with `key_name`, and `tag.<name>` for every tag
    /// grouped by (null for calls without it).
    #[serde(flatten)]
    #[schema(ignore)]
    pub others: IndexMap<String, Option<String>>,
    #[serde(flatten)]
    pub sums: Sums,
    /// RFC 3339, UTC. Null where calls left the group in the range and none is in it: only where grouped by status.
    #[schema(required = true, format = DateTime)]
    pub last_call_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

#[utoipa::path(
    get,
    path = "/api/usage/summary",
    tag = "usage",
    description = "Totals of all settled calls that the key may see, exact and without lag. Also filters by tag: \
        `tag.<name>=<value>`, repeatable. Sums of sealed calls are combined with the calls since. Grouping or filtering by \
        tag, endpoint or status reads single calls, at most 5 million in the range. Percentiles are within 5 % of the exact \
        ones, also those over all calls with `group_by=none`. That is always one row; without calls its sums are \
        0, and its cost, percentiles and times null.",
    params(UsageParams, OutcomeParams, SumParams, CostParams),
    responses(
        (status = 200, description = "One row per group, ordered by the groups; `ETag` names this report", body = Vec<SummaryRow>),
        (status = 304, description = "The report equals one that `If-None-Match` names by its `ETag`; no body"),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_summary(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    revalidation: Revalidation,
    QueryParams((usage, outcome, sums, cost)): QueryParams<(
        UsageParams,
        OutcomeParams,
        SumParams,
        CostParams,
    )>,
) -> Result<Response, ApiError> {
    let mut filter = usage.into_filter(&caller)?;
    outcome.restrict(&mut filter);
    let request = sums.into_request();
    bounds::check_sums(state.database(), &filter, &request.grouping).await?;
    let totals =
        usage::summarize(state.database(), &filter, &request.grouping, request.histograms(), cost.basis())
            .await?;
    let names = sums::key_names(state.database(), totals.iter().map(|totals| &totals.group), &caller).await?;
    let mut rows: Vec<SummaryRow> =
        totals.into_iter().map(|totals| SummaryRow::new(totals, &request, &names)).collect();
    // Not in SQL: the order must not depend on the database's collation.
    rows.sort_by(|a, b| a.group().cmp(&b.group()));
    revalidation.respond(caller.key_id, &rows)
}

impl SummaryRow {
    fn new(totals: Totals, request: &SumRequest, names: &KeyNames) -> Self {
        let Totals { mut group, measures } = totals;
        Self {
            model: group.model.take(),
            provider: group.provider.take(),
            user_label: group.user_label.take(),
            endpoint: group.endpoint.take(),
            status: group.status.take(),
            others: other_fields(group, &request.grouping, names),
            sums: Sums::new(&measures, &request.shown),
            last_call_at: measures.last_call_at.map(bounds::text),
            details: request.with_details.then(|| Details::from(&measures)),
        }
    }

    fn group(&self) -> impl Ord + '_ {
        (
            &self.model,
            &self.provider,
            &self.user_label,
            &self.endpoint,
            &self.status,
            self.others.values().collect::<Vec<_>>(),
        )
    }
}

/// Groups without a field of their own: the key and the tags.
fn other_fields(group: Group, grouping: &Grouping, names: &KeyNames) -> IndexMap<String, Option<String>> {
    let dimensions = grouping.dimensions.iter().copied().filter(|dimension| *dimension == Dimension::Key);
    let others = Grouping { dimensions: dimensions.collect(), tags: grouping.tags.clone() };
    sums::group_fields(group, &others, names)
}
