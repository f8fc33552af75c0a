//! Dated facts beside prices: the limits of models, and with them the fees of built-in tools.

use domain::pricing::{ListedModel, ModelFacts, ModelLimits};

use super::{fees, provider};
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const LIMITS: Statement = statement!(
    "prices/model_limits",
    "select
        provider, model, effective_from, context_window_tokens, max_output_tokens, image_tokens, low_detail_image_tokens
    from model_limits
    order by provider, model, effective_from desc",
    []
);
pub(crate) const STATEMENTS: &[&Statement] = &[&LIMITS];

pub(super) async fn load(database: &Database) -> Result<ModelFacts, DbError> {
    let fees = fees::list(database).await?.into_iter().map(|row| row.fee).collect();
    Ok(ModelFacts::new(list_limits(database).await?, fees))
}

/// By model, the newest first.
pub async fn list_limits(database: &Database) -> Result<Vec<ListedModel>, DbError> {
    let rows = database.query(&LIMITS, &[]).await?;
    let limits = rows.iter().filter_map(|row| {
        let limits = ModelLimits {
            effective_from: row.get("effective_from"),
            context_window_tokens: row.get("context_window_tokens"),
            max_output_tokens: row.get("max_output_tokens"),
            image_tokens: row.get("image_tokens"),
            low_detail_image_tokens: row.get("low_detail_image_tokens"),
        };
        Some(ListedModel { provider: provider(row)?, model: row.get("model"), limits })
    });
    Ok(limits.collect())
}
