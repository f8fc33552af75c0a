//! Upstreams, which functions keep together with the prices: a change of either moves the version that admission
//! compares.

pub mod changes;

use std::collections::BTreeMap;

use domain::calls::Wire;
use domain::provider::Provider;
use domain::upstreams::{
    AwsRegion, BaseUrl, OutputBoundMember, PriceSource, UpstreamAuth, UpstreamFacts, UpstreamName,
    UpstreamRow,
};
use domain::words::Word;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::statement::{Statement, statement};
use crate::{Database, DbError};

pub(crate) const LIST: Statement = statement!(
    "upstreams/list",
    "select
        id, version, created_at, changed_at, name, wire, base_url, auth, region, secret_arn, price_provider, price_source,
        adds_stream_options, output_bound_member, models
    from upstreams
    order by name",
    []
);
const FIND: Statement = statement!(
    "upstreams/find",
    "select
        id, version, created_at, changed_at, name, wire, base_url, auth, region, secret_arn, price_provider, price_source,
        adds_stream_options, output_bound_member, models
    from upstreams
    where id = $1",
    [UUID]
);
const FIND_ID: Statement =
    statement!("upstreams/find_id", "select id from upstreams where name = $1", [TEXT]);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[&LIST, &FIND, &FIND_ID], changes::STATEMENTS];

/// All upstreams by name. A row that this release cannot read is left out, so that the others go on.
pub async fn list(database: &Database) -> Result<Vec<UpstreamRow>, DbError> {
    Ok(upstreams_of_rows(&database.query(&LIST, &[]).await?))
}

pub(crate) fn upstreams_of_rows(rows: &[Row]) -> Vec<UpstreamRow> {
    let read = |row: &Row| match upstream_of_row(row) {
        Ok(upstream) => Some(upstream),
        Err(error) => {
            let name: &str = row.get("name");
            tracing::error!(name, %error, "An upstream cannot be read by this release and is left out.");
            None
        }
    };
    rows.iter().filter_map(read).collect()
}

/// The upstream of this name.
pub async fn find(database: &Database, name: &UpstreamName) -> Result<Option<UpstreamRow>, DbError> {
    let Some(id) = database.query_opt(&FIND_ID, &[&name.as_str()]).await? else { return Ok(None) };
    let row = database.query_opt(&FIND, &[&id.get::<_, uuid::Uuid>("id")]).await?;
    row.as_ref().map(upstream_of_row).transpose()
}

fn upstream_of_row(row: &Row) -> Result<UpstreamRow, DbError> {
    let word = |column: &str| row.get::<_, &str>(column);
    let unreadable = DbError::Unexpected("an upstream with unknown words");
    let Json(models): Json<BTreeMap<String, String>> = row.get("models");
    let region: Option<&str> = row.get("region");
    let facts = || {
        Some(UpstreamFacts {
            name: UpstreamName::parse(word("name"))?,
            wire: Wire::from_word(word("wire"))?,
            base_url: BaseUrl::parse(word("base_url"))?,
            auth: UpstreamAuth::from_word(word("auth"))?,
            region: match region {
                Some(region) => Some(AwsRegion::parse(region)?),
                None => None,
            },
            secret_arn: row.get("secret_arn"),
            price_provider: Provider::parse(word("price_provider"))?,
            price_source: PriceSource::from_word(word("price_source"))?,
            adds_stream_options: row.get("adds_stream_options"),
            output_bound_member: OutputBoundMember::from_word(word("output_bound_member"))?,
            models,
        })
    };
    Ok(UpstreamRow {
        id: row.get("id"),
        version: row.get("version"),
        created_at: row.get("created_at"),
        changed_at: row.get("changed_at"),
        facts: facts().ok_or(unreadable)?,
    })
}
