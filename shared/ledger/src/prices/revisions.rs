//! Price corrections: applied in pieces, visible as a whole, undone by their reverse.

pub(super) mod correct;

use chrono::{DateTime, Utc};
use domain::change::ChangeRefusal;
use domain::ids::KeyId;
use domain::money::PicoUsdSum;
use domain::prices::PriceRefusal;
use tokio_postgres::Row;

pub use correct::{apply, undo};

use crate::change::ChangeError;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const REVISIONS: Statement = statement!("prices/revisions.sql", [INT8, TEXT, INT8, INT8]);

pub(crate) const STATEMENTS: &[&Statement] = &[&REVISIONS];

/// A correction, or an undo of one.
#[derive(Debug, Clone)]
pub struct Revision {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    /// `None` while it is being written and changes nothing yet.
    pub applied_at: Option<DateTime<Utc>>,
    pub provider: String,
    pub model: String,
    pub service_tier: String,
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
    pub price_id: i64,
    pub replaced_price_id: Option<i64>,
    pub undoes_id: Option<i64>,
    pub undone_by_id: Option<i64>,
    pub changed_calls: i64,
    pub newly_priced_calls: i64,
    pub change: PicoUsdSum,
    pub actor_key_id: KeyId,
}

impl Revision {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id"),
            created_at: row.get("created_at"),
            applied_at: row.get("applied_at"),
            provider: row.get("provider"),
            model: row.get("model"),
            service_tier: row.get("service_tier"),
            above_input_tokens: row.get("above_input_tokens"),
            effective_from: row.get("effective_from"),
            price_id: row.get("price_id"),
            replaced_price_id: row.get("replaced_price_id"),
            undoes_id: row.get("undoes_id"),
            undone_by_id: row.get("undone_by_id"),
            changed_calls: row.get("changed_calls"),
            newly_priced_calls: row.get("newly_priced_calls"),
            change: PicoUsdSum::from_pico_text(row.get("change_pico_usd"))
                .map_err(|_| DbError::Unexpected("a malformed sum"))?,
            actor_key_id: KeyId::from_uuid(row.get("actor_key_id")),
        })
    }
}

/// Latest first, at most `limit` made before `before`.
pub async fn list(database: &Database, before: Option<i64>, limit: i64) -> Result<Vec<Revision>, DbError> {
    select(database, None, None, before, limit).await
}

async fn select(
    database: &Database,
    id: Option<i64>,
    preview: Option<&str>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Revision>, DbError> {
    database
        .query(&REVISIONS, &[&id, &preview, &before, &limit])
        .await?
        .iter()
        .map(Revision::from_row)
        .collect()
}

async fn get(database: &Database, id: i64) -> Result<Revision, ChangeError<PriceRefusal>> {
    select(database, Some(id), None, None, 1).await?.pop().ok_or(ChangeRefusal::NotFound.into())
}
