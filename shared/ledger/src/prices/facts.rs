//! Dated facts beside prices: the limits of models, and with them the fees of built-in tools.

use domain::pricing::{ListedModel, ModelLimits};
use tokio_postgres::Row;

use super::provider;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

pub(super) const LIMITS: Statement = statement!(
    "prices/model_limits",
    "select
        provider, model, effective_from, context_window_tokens, max_output_tokens, image_tokens, low_detail_image_tokens
    from model_limits
    order by provider, model, effective_from desc",
    []
);
pub(crate) const STATEMENTS: &[&Statement] = &[&LIMITS];

/// By model, the newest first.
pub async fn list_limits(database: &Database) -> Result<Vec<ListedModel>, DbError> {
    Ok(limits_of_rows(&database.query(&LIMITS, &[]).await?))
}

pub(super) fn limits_of_rows(rows: &[Row]) -> Vec<ListedModel> {
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
    limits.collect()
}
