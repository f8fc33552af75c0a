//! What calls are priced and sent by: prices, upstreams and model routes, which functions keep until admission reports
//! them as stale.

use domain::model_routes::ModelRouteRow;
use domain::pricing::PriceBook;
use domain::upstreams::UpstreamRow;

use crate::{Database, DbError, calls, model_routes, prices, upstreams};

pub struct Catalog {
    pub prices: PriceBook,
    pub upstreams: Vec<UpstreamRow>,
    pub model_routes: Vec<ModelRouteRow>,
}

/// Reads the catalog and plans the statements of a first call, in one round trip. Upstreams and routes are read behind
/// the version of the prices, which changes with them too: a change in between leaves an old version.
pub async fn load(database: &Database) -> Result<Catalog, DbError> {
    let [book, aliases, fees, limits] = prices::OF_BOOK;
    let statements = [book, aliases, fees, limits, &upstreams::LIST, &model_routes::LIST];
    let [book, aliases, fees, limits, upstreams, routes] =
        database.query_all(statements, &calls::OF_FIRST_CALL).await?;
    Ok(Catalog {
        prices: prices::book_of_rows(&book, &aliases, &fees, &limits)?,
        upstreams: upstreams::upstreams_of_rows(&upstreams),
        model_routes: model_routes::routes_of_rows(&routes),
    })
}
