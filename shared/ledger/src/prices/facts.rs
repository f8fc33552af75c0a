//! Dated facts beside prices: the limits of models and the fees of built-in tools.

use domain::money::PicoUsd;
use domain::pricing::{ModelFacts, ModelLimits, ToolFee};

use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const LIMITS: Statement = statement!(
    "prices/model_limits",
    "select
        model, effective_from, context_window_tokens, max_output_tokens, image_tokens, low_detail_image_tokens
    from model_limits
    order by model, effective_from desc",
    []
);
const FEES: Statement = statement!(
    "prices/tool_fees",
    "select tool, model, effective_from, pico_usd, bound_pico_usd, result_tokens
    from tool_fees
    order by tool, model, effective_from desc",
    []
);

pub(crate) const STATEMENTS: &[&Statement] = &[&LIMITS, &FEES];

pub(super) async fn load(database: &Database) -> Result<ModelFacts, DbError> {
    Ok(ModelFacts::new(list_limits(database).await?, list_fees(database).await?))
}

/// By model, the newest first.
pub async fn list_limits(database: &Database) -> Result<Vec<(String, ModelLimits)>, DbError> {
    let rows = database.query(&LIMITS, &[]).await?;
    let limits = rows.iter().map(|row| {
        let limits = ModelLimits {
            effective_from: row.get("effective_from"),
            context_window_tokens: row.get("context_window_tokens"),
            max_output_tokens: row.get("max_output_tokens"),
            image_tokens: row.get("image_tokens"),
            low_detail_image_tokens: row.get("low_detail_image_tokens"),
        };
        (row.get("model"), limits)
    });
    Ok(limits.collect())
}

/// By tool and model, the newest first.
pub async fn list_fees(database: &Database) -> Result<Vec<ToolFee>, DbError> {
    let rows = database.query(&FEES, &[]).await?;
    let fees = rows.iter().map(|row| ToolFee {
        tool: row.get("tool"),
        model: row.get("model"),
        effective_from: row.get("effective_from"),
        price: row.get::<_, Option<i64>>("pico_usd").map(PicoUsd::from_pico),
        bound: PicoUsd::from_pico(row.get("bound_pico_usd")),
        result_tokens: row.get("result_tokens"),
    });
    Ok(fees.collect())
}
