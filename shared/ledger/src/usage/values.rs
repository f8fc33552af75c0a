//! What calls had: labels, models, keys and tags, for suggestions.

use chrono::{DateTime, Utc};
use domain::money::PicoUsdSum;
use domain::queries::{RollupCube, ValueField};
use tokio_postgres::Row;

use super::measures::money;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const VALUES: Statement = statement!(template "usage/values.sql", [TEXT, INT2, TEXT, TEXT, INT8]);
const TAG_VALUES: Statement = statement!("usage/tag_values.sql", [TEXT, TEXT, TEXT, INT8]);

pub(crate) const STATEMENTS: &[&Statement] = &[&VALUES, &TAG_VALUES];

/// A value, and the calls that had it.
#[derive(Debug, Clone)]
pub struct SeenValue {
    pub value: String,
    /// Of a key.
    pub name: Option<String>,
    pub calls: i64,
    /// Of the priced calls; `None` where there are none.
    pub cost: Option<PicoUsdSum>,
    pub last_call_at: DateTime<Utc>,
}

/// Values of a field that contain `text`, at most `limit`; of calls of `only_label`, if it is given.
pub async fn list_values(
    database: &Database,
    field: &ValueField,
    text: Option<&str>,
    only_label: Option<&str>,
    limit: i64,
) -> Result<Vec<SeenValue>, DbError> {
    let (word, cube) = match field {
        ValueField::UserLabel => ("user_label", RollupCube::Label),
        ValueField::Model if only_label.is_none() => ("model", RollupCube::Model),
        ValueField::Model => ("model", RollupCube::All),
        ValueField::Provider if only_label.is_none() => ("provider", RollupCube::Model),
        ValueField::Provider => ("provider", RollupCube::All),
        ValueField::Key => ("key", RollupCube::All),
        ValueField::TagName => return tags(database, None, text, only_label, limit).await,
        ValueField::Tag(name) => return tags(database, Some(name), text, only_label, limit).await,
    };
    let rows = database.query(&VALUES, &[&word, &(cube as i16), &text, &only_label, &limit]).await?;
    rows.iter().map(seen).collect()
}

async fn tags(
    database: &Database,
    name: Option<&str>,
    text: Option<&str>,
    only_label: Option<&str>,
    limit: i64,
) -> Result<Vec<SeenValue>, DbError> {
    let rows = database.query(&TAG_VALUES, &[&name, &text, &only_label, &limit]).await?;
    rows.iter().map(seen).collect()
}

fn seen(row: &Row) -> Result<SeenValue, DbError> {
    Ok(SeenValue {
        value: row.get("value"),
        name: row.get("name"),
        calls: row.get("calls"),
        cost: money(row, "cost_pico_usd")?,
        last_call_at: row.get("last_call_at"),
    })
}
