//! Corrections of prices as responses show them.

use chrono::{DateTime, Utc};
use domain::money::PicoUsdSum;
use ledger::prices::effects::{Effect, Effects};
use ledger::prices::revisions::Revision;
use serde::Serialize;
use utoipa::ToSchema;

/// What a price would change. Nothing has been changed yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PricePreview {
    /// For `POST /api/prices/apply`: identifies this price, these calls and these changes.
    pub preview: String,
    /// Calls settled before this instant are counted. Later ones are included when it is applied.
    pub until: DateTime<Utc>,
    /// When a later price of the same model, tier and threshold takes over.
    #[schema(required = true)]
    pub ends_at: Option<DateTime<Utc>>,
    /// The price for the same instant that this one would replace.
    #[schema(required = true)]
    pub replaced_price_id: Option<i64>,
    /// Calls of these models in that time of which only sums are kept: they stay as they are.
    pub gone_calls: i64,
    pub total: PriceChange,
    /// By label and requested model.
    pub groups: Vec<GroupChange>,
}

/// Sums of the calls that the price is for; USD as exact decimals.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceChange {
    pub calls: i64,
    /// Calls that have no known cost yet.
    pub newly_priced_calls: i64,
    /// Further calls, whose cost cannot be computed because their usage is unknown.
    pub unchanged_calls: i64,
    /// Further calls that cost what their upstream states: its figure is the bill, and no price changes it.
    pub stated_calls: i64,
    /// As billed when each call was settled.
    #[schema(value_type = String, example = "12.5")]
    pub billed_usd: PicoUsdSum,
    /// As priced now, with the corrections made so far.
    #[schema(value_type = String, example = "12.5")]
    pub current_usd: PicoUsdSum,
    /// With this price.
    #[schema(value_type = String, example = "10")]
    pub corrected_usd: PicoUsdSum,
    /// From `current_usd` to `corrected_usd`.
    #[schema(value_type = String, example = "-2.5")]
    pub difference_usd: PicoUsdSum,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupChange {
    pub user_label: String,
    pub model: String,
    #[serde(flatten)]
    pub change: PriceChange,
}

impl From<&Effect> for PriceChange {
    fn from(effect: &Effect) -> Self {
        Self {
            calls: effect.calls,
            newly_priced_calls: effect.newly_priced_calls,
            unchanged_calls: effect.unchanged_calls,
            stated_calls: effect.stated_calls,
            billed_usd: PicoUsdSum::from_pico(effect.billed),
            current_usd: PicoUsdSum::from_pico(effect.before),
            corrected_usd: PicoUsdSum::from_pico(effect.after),
            difference_usd: effect.change(),
        }
    }
}

impl From<Effects> for PricePreview {
    fn from(effects: Effects) -> Self {
        let total = PriceChange::from(&effects.total());
        let group = |((user_label, model), effect): (&(String, String), &Effect)| GroupChange {
            user_label: user_label.clone(),
            model: model.clone(),
            change: effect.into(),
        };
        Self {
            groups: effects.by_group.iter().map(group).collect(),
            preview: effects.preview,
            until: effects.until,
            ends_at: effects.ends_at,
            replaced_price_id: effects.replaced_price_id,
            gone_calls: effects.gone_calls,
            total,
        }
    }
}

/// A correction, or the reversal of one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceRevision {
    pub id: i64,
    /// `pending` while its entries are written and none counts yet, `applied`, or `undone`.
    pub status: &'static str,
    pub created_at: DateTime<Utc>,
    #[schema(required = true)]
    pub applied_at: Option<DateTime<Utc>>,
    pub provider: String,
    pub model: String,
    pub service_tier: String,
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
    /// The price that it added to the price book, or removed again.
    pub price_id: i64,
    #[schema(required = true)]
    pub replaced_price_id: Option<i64>,
    /// The revision that this one reverses.
    #[schema(required = true)]
    pub undoes_id: Option<i64>,
    #[schema(required = true)]
    pub undone_by_id: Option<i64>,
    /// Calls whose cost it changed.
    pub changed_calls: i64,
    /// Calls of unknown cost that it priced; negative where it reversed that.
    pub newly_priced_calls: i64,
    #[schema(value_type = String, example = "-2.5")]
    pub difference_usd: PicoUsdSum,
    pub actor_key_id: String,
}

impl From<Revision> for PriceRevision {
    fn from(revision: Revision) -> Self {
        let status = match (revision.applied_at, revision.undone_by_id) {
            (None, _) => "pending",
            (Some(_), None) => "applied",
            (Some(_), Some(_)) => "undone",
        };
        Self {
            id: revision.id,
            status,
            created_at: revision.created_at,
            applied_at: revision.applied_at,
            provider: revision.provider,
            model: revision.model,
            service_tier: revision.service_tier,
            above_input_tokens: revision.above_input_tokens,
            effective_from: revision.effective_from,
            price_id: revision.price_id,
            replaced_price_id: revision.replaced_price_id,
            undoes_id: revision.undoes_id,
            undone_by_id: revision.undone_by_id,
            changed_calls: revision.changed_calls,
            newly_priced_calls: revision.newly_priced_calls,
            difference_usd: revision.change,
            actor_key_id: revision.actor_key_id.to_string(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceRevisionPage {
    /// Newest first.
    pub data: Vec<PriceRevision>,
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}
