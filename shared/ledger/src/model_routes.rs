//! Model routes, which functions keep together with the prices, as upstreams.

pub mod changes;

use domain::calls::Wire;
use domain::ids::RouteId;
use domain::model_routes::{ModelRouteFacts, ModelRouteRow, RouteTarget};
use domain::words::Word;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::statement::{Statement, statement};
use crate::{Database, DbError};

pub(crate) const LIST: Statement = statement!(
    "model_routes/list",
    "select id, version, created_at, changed_at, wire, model, targets
    from model_routes
    order by model, wire",
    []
);
const FIND: Statement = statement!(
    "model_routes/find",
    "select id, version, created_at, changed_at, wire, model, targets
    from model_routes
    where id = $1",
    [UUID]
);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[&LIST, &FIND], changes::STATEMENTS];

/// All routes by name. A row that this release cannot read is left out, so that the others go on.
pub async fn list(database: &Database) -> Result<Vec<ModelRouteRow>, DbError> {
    Ok(routes_of_rows(&database.query(&LIST, &[]).await?))
}

pub(crate) fn routes_of_rows(rows: &[Row]) -> Vec<ModelRouteRow> {
    let read = |row: &Row| match route_of_row(row) {
        Ok(route) => Some(route),
        Err(error) => {
            let model: &str = row.get("model");
            tracing::error!(model, %error, "A model route cannot be read by this release and is left out.");
            None
        }
    };
    rows.iter().filter_map(read).collect()
}

pub async fn find(database: &Database, id: RouteId) -> Result<Option<ModelRouteRow>, DbError> {
    database.query_opt(&FIND, &[&id.as_uuid()]).await?.as_ref().map(route_of_row).transpose()
}

fn route_of_row(row: &Row) -> Result<ModelRouteRow, DbError> {
    let unreadable = || DbError::Unexpected("a model route with unknown words");
    let Json(targets): Json<Vec<RouteTarget>> = row.try_get("targets").map_err(|_| unreadable())?;
    let facts = ModelRouteFacts {
        wire: Wire::from_word(row.get("wire")).ok_or_else(unreadable)?,
        model: row.get("model"),
        targets,
    };
    Ok(ModelRouteRow {
        id: RouteId::from_uuid(row.get("id")),
        version: row.get("version"),
        created_at: row.get("created_at"),
        changed_at: row.get("changed_at"),
        facts,
    })
}
