//! `GET /api/usage/stated-costs`: what upstreams state as the cost of their answers, against the price rows.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use domain::calls::StatedCost;
use domain::money::PicoUsdSum;
use domain::queries::TimeRange;
use ledger::reconcile::stated::{StatedCosts, estimate_stated, stated_costs};
use ledger::usage;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use web::responses::{Forbidden, Invalid, Unauthenticated, Unavailable};
use web::values::Instant;
use web::{ApiError, FieldError, Input, QueryParams, Reader, Request};

use crate::bounds::{self, text};
use crate::state::SummaryState;

const DEFAULT_DAYS: i64 = 7;
const MAX_ROWS: i64 = 500;

#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatedCostParams {
    /// Start of the range, inclusive; default a week before its end
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    from: Option<Instant>,
    /// End of the range, exclusive; default now
    #[param(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    to: Option<Instant>,
}

impl Request for StatedCostParams {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        if let (Some(Instant(from)), Some(Instant(to))) = (input.get("from"), input.get("to"))
            && from > to
        {
            errors.push(FieldError::new("to", "must not be before 'from'"));
        }
    }
}

/// Stated costs of a range. Both figures are as of the settlement of each call: corrections of prices change neither.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatedCostReport {
    #[schema(format = DateTime)]
    pub from: String,
    #[schema(format = DateTime)]
    pub to: String,
    /// A call differs where its figures are further apart than this many percent of the larger one.
    pub tolerance_percent: i64,
    /// Of all rows: calls that differ.
    pub differing_calls: i64,
    /// Of all rows: calls that their upstream stated no cost for, although its figure was to be the cost.
    pub fallback_calls: i64,
    /// By provider, upstream and requested model, those with the most calls that differ first; at most 500.
    pub rows: Vec<StatedCostRow>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatedCostRow {
    /// Whose prices the calls have.
    pub provider: String,
    /// The registered upstream; null for a provider of the environment.
    #[schema(required = true)]
    pub upstream: Option<String>,
    pub model: String,
    /// Calls whose upstream stated a cost.
    pub stated_calls: i64,
    /// Those of them whose cost it is.
    pub billed_calls: i64,
    /// Calls that cost what the price rows give, because their upstream stated nothing.
    pub fallback_calls: i64,
    /// Calls at a stated cost for which there is no price.
    pub unpriced_calls: i64,
    /// Settled calls with both figures. Estimated ones are bounds by design.
    pub compared_calls: i64,
    pub differing_calls: i64,
    /// Of the calls that are compared, an exact decimal.
    #[schema(value_type = String, example = "12.5")]
    pub stated_usd: PicoUsdSum,
    /// The same by the price rows.
    #[schema(value_type = String, example = "12.4")]
    pub table_usd: PicoUsdSum,
    /// The stated sum minus that of the price rows.
    #[schema(value_type = String, example = "0.1")]
    pub difference_usd: PicoUsdSum,
}

impl From<StatedCosts> for StatedCostRow {
    fn from(sums: StatedCosts) -> Self {
        let difference = sums.stated.as_pico() - sums.table.as_pico();
        Self {
            provider: sums.provider,
            upstream: sums.upstream,
            model: sums.model,
            stated_calls: sums.stated_calls,
            billed_calls: sums.billed_calls,
            fallback_calls: sums.fallback_calls,
            unpriced_calls: sums.unpriced_calls,
            compared_calls: sums.compared_calls,
            differing_calls: sums.differing_calls,
            stated_usd: sums.stated,
            table_usd: sums.table,
            difference_usd: PicoUsdSum::from_pico(difference),
        }
    }
}

#[utoipa::path(
    get,
    path = "/api/usage/stated-costs",
    tag = "usage",
    description = "Compares what upstreams state as the cost of their answers, such as OpenRouter, xAI and LiteLLM, with what \
        the price rows give for the same answers. Only for keys that are bound to no label.",
    params(StatedCostParams),
    responses(
        (status = 200, description = "The figures by upstream and model", body = StatedCostReport),
        Unauthenticated, Forbidden, Invalid, Unavailable,
    ),
    security(("key" = [])),
)]
pub(crate) async fn get_stated_costs(
    State(state): State<SummaryState>,
    Reader(caller): Reader,
    QueryParams(params): QueryParams<StatedCostParams>,
) -> Result<Json<StatedCostReport>, ApiError> {
    if caller.user_label.is_some() {
        // What an upstream charges is the deployment's business.
        return Err(ApiError::LabelNotAllowed);
    }
    let database = state.database();
    let (from, to) = params.range(usage::bounds(database).await?.now);
    bounds::check_kept(database, TimeRange { from: Some(from), to: Some(to) }).await?;
    bounds::check_count(estimate_stated(database, (from, to)).await?, "stated costs are read call by call")?;
    let rows = stated_costs(database, (from, to), MAX_ROWS).await?;
    Ok(Json(StatedCostReport {
        from: text(from),
        to: text(to),
        tolerance_percent: StatedCost::TOLERANCE_PERCENT,
        differing_calls: rows.iter().map(|row| row.differing_calls).sum(),
        fallback_calls: rows.iter().map(|row| row.fallback_calls).sum(),
        rows: rows.into_iter().map(StatedCostRow::from).collect(),
    }))
}

impl StatedCostParams {
    fn range(self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let to = self.to.map_or(now, |to| to.0);
        let week = TimeDelta::days(DEFAULT_DAYS);
        let from = self.from.map(|from| from.0).or_else(|| to.checked_sub_signed(week)).unwrap_or(to);
        (from.min(to), to)
    }
}
