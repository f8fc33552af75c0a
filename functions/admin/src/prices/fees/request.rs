//! Requests about fees.

use domain::money::PicoUsd;
use domain::prices::FeeTool;
use domain::words::Word;
use ledger::prices::fees::NewFee;
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::ToSchema;
use utoipa::openapi::schema::{SchemaType, Type};
use web::values::{Instant, ModelName, OneOf, Patch, ProviderName, RawJson, Whole, decimal, schemas};
use web::{FieldError, Input, Request};

/// USD. No provider charges a thousandth of it for one use.
const MAX_COST: i64 = 1000;
const PICO: i64 = 1_000_000_000_000;
const MAX_TOKENS: i64 = 1_000_000_000;

/// Costs are USD for one use, as decimal strings or numbers of up to twelve places.
#[derive(Debug, serde::Deserialize, ToSchema)]
pub(crate) struct NewToolFee {
    /// Who is paid, such as `anthropic`; default `openai`.
    #[schema(value_type = ProviderName, required = false)]
    provider: Patch<ProviderName>,
    #[schema(value_type = FeeTool)]
    tool: OneOf<FeeTool>,
    /// Default null: every model without a fee of its own.
    #[schema(value_type = Option<ModelName>, required = false)]
    model: Option<ModelName>,
    /// Not in the past; default now.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>, required = false)]
    effective_from: Option<Instant>,
    /// Null if it is not known, which leaves calls that use the tool unpriced.
    #[schema(value_type = Option<FeeCost>, required = true)]
    cost_usd: Patch<Option<FeeCost>>,
    /// The most that one use can cost: what hard limits reserve. Default `cost_usd`; required where that is null.
    #[schema(value_type = Option<FeeCost>, required = false)]
    max_cost_usd: Option<FeeCost>,
    /// The most tokens that the result of one use adds to the input; default null, the whole context window.
    #[schema(value_type = Option<i64>, required = false, minimum = 1, maximum = 1_000_000_000)]
    max_result_tokens: Option<Whole<1, MAX_TOKENS>>,
}

impl Request for NewToolFee {
    fn check(input: &Input<'_>, errors: &mut Vec<FieldError>) {
        let Some(cost) = input.get::<Patch<Option<FeeCost>>>("cost_usd") else { return };
        let Some(max_cost) = input.get::<Option<FeeCost>>("max_cost_usd") else { return };
        errors.extend(match (cost, max_cost) {
            (Patch::Missing, _) => Some(FieldError::new("cost_usd", "is required; null if it is not known")),
            (Patch::Set(None), None) => {
                Some(FieldError::new("max_cost_usd", "is required where 'cost_usd' is null"))
            }
            (Patch::Set(Some(cost)), Some(max)) if max.0 < cost.0 => {
                Some(FieldError::new("max_cost_usd", "must not be less than 'cost_usd'"))
            }
            _ => None,
        });
    }
}

impl NewToolFee {
    pub(super) fn into_fee(self) -> NewFee {
        let price = self.cost_usd.unwrap_or(None).map(|cost| cost.0);
        NewFee {
            provider: self.provider.unwrap_or(ProviderName::default()).0,
            tool: self.tool.0.as_str().to_owned(),
            model: self.model.map(|model| model.0).unwrap_or_default(),
            effective_from: self.effective_from.map(|from| from.0),
            price,
            bound: self.max_cost_usd.map(|cost| cost.0).or(price).unwrap_or_default(),
            result_tokens: self.max_result_tokens.map(|tokens| tokens.0),
        }
    }
}

/// USD for one use.
#[derive(Debug)]
pub(crate) struct FeeCost(PicoUsd);

web::schema!(
    FeeCost,
    schemas::pattern(r"^((0|[1-9][0-9]{0,2})(\.[0-9]{1,12})?|1000(\.0{1,12})?)$")
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .minimum(Some(0))
        .maximum(Some(MAX_COST))
        .examples(["0.01"])
);

impl<'de> Deserialize<'de> for FeeCost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = RawJson::deserialize(deserializer)?;
        let cost: PicoUsd = decimal(&json, "USD for one use, such as \"0.01\"").map_err(D::Error::custom)?;
        if (0..=MAX_COST * PICO).contains(&cost.as_pico()) {
            return Ok(Self(cost));
        }
        Err(D::Error::custom(format!("must be from 0 to {MAX_COST} USD")))
    }
}
