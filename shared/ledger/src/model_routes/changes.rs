//! Model routes created, changed and deleted by administrators of all labels, each with its audit entry in its
//! transaction.

use domain::audit::AuditAction;
use domain::calls::Wire;
use domain::change::{Actor, Precondition};
use domain::ids::RouteId;
use domain::model_routes::{
    ModelRouteChange, ModelRouteFacts, ModelRouteRefusal, ModelRouteRow, RouteTarget,
};
use domain::words::Word;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::{FIND, route_of_row};
use crate::change::{ChangeError, Changeable, Draft, commit_created};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

/// Each function keeps all of them in memory.
const MAX_ROUTES: i64 = 500;

const COUNT: Statement = statement!("model_routes/count", "select count(*) as number from model_routes", []);
const WIRE_OF: Statement =
    statement!("model_routes/wire_of", "select wire from upstreams where name = $1", [TEXT]);
const INSERT: Statement = statement!(
    "model_routes/insert",
    "insert into model_routes (wire, model, targets)
    values ($1, $2, $3)
    on conflict on constraint model_routes_wire_model_key do nothing
    returning id",
    [TEXT, TEXT, JSONB]
);
const LOCK: Statement = statement!(
    "model_routes/lock",
    "select id
    from model_routes
    where id = $1
    for no key update",
    [UUID]
);
const UPDATE: Statement = statement!(
    "model_routes/update",
    "update model_routes
    set targets = $2, version = version + 1, changed_at = clock_timestamp()
    where id = $1",
    [UUID, JSONB]
);
const DELETE: Statement = statement!("model_routes/delete", "delete from model_routes where id = $1", [UUID]);

pub(crate) const STATEMENTS: &[&Statement] = &[&COUNT, &WIRE_OF, &INSERT, &LOCK, &UPDATE, &DELETE];

impl Changeable for ModelRouteRow {
    type Refusal = ModelRouteRefusal;
    const LOCK: Statement = LOCK;
    const FIND: Statement = FIND;

    fn of_row(row: &Row) -> Result<Self, DbError> {
        route_of_row(row)
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// Calls take it from the next one on; a second one of the same name and format is refused.
pub async fn create(
    database: &Database,
    facts: &ModelRouteFacts,
    by: &Actor,
) -> Result<ModelRouteRow, ChangeError<ModelRouteRefusal>> {
    by.may_change(None)?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    if transaction.query_one(&COUNT, &[]).await?.get::<_, i64>("number") >= MAX_ROUTES {
        return Err(ModelRouteRefusal::TooMany.into());
    }
    check_targets(&transaction, facts.wire, &facts.targets).await?;
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&facts.wire.as_str(), &facts.model, &Json(&facts.targets)];
    let inserted = transaction.query_opt(&INSERT, &values).await?;
    let id = inserted.ok_or(ModelRouteRefusal::Exists)?.get("id");
    commit_created(transaction, id, by).await
}

/// Takes effect with the next call that is admitted.
pub async fn change(
    database: &Database,
    id: RouteId,
    change: &ModelRouteChange,
    from: &Precondition,
    by: &Actor,
) -> Result<ModelRouteRow, ChangeError<ModelRouteRefusal>> {
    by.may_change(None)?;
    let mut connection = database.connection().await?;
    let draft: Draft<'_, ModelRouteRow> = Draft::begin(&mut connection, id.as_uuid(), by).await?;
    draft.check(from)?;
    let targets = change.targets.applied_to(&draft.before.facts.targets);
    if targets == draft.before.facts.targets {
        return Ok(draft.before);
    }
    check_targets(&draft.transaction, draft.before.facts.wire, &targets).await?;
    draft.transaction.execute(&UPDATE, &[&id.as_uuid(), &Json(&targets)]).await?;
    draft.commit(AuditAction::Update).await
}

/// From the next call on, its name is that of a model again.
pub async fn delete(
    database: &Database,
    id: RouteId,
    from: &Precondition,
    by: &Actor,
) -> Result<(), ChangeError<ModelRouteRefusal>> {
    by.may_change(None)?;
    let mut connection = database.connection().await?;
    let draft: Draft<'_, ModelRouteRow> = Draft::begin(&mut connection, id.as_uuid(), by).await?;
    draft.check(from)?;
    draft.transaction.execute(&DELETE, &[&id.as_uuid()]).await?;
    Ok(draft.commit_deleted().await?)
}

/// Whether all targets exist and speak the format of the route.
async fn check_targets(
    transaction: &Transaction<'_>,
    wire: Wire,
    targets: &[RouteTarget],
) -> Result<(), ChangeError<ModelRouteRefusal>> {
    for (place, target) in targets.iter().enumerate() {
        let name = &target.upstream;
        let spoken = if let Some(own) = name.own_wire() {
            own.as_str().to_owned()
        } else {
            let row = transaction.query_opt(&WIRE_OF, &[&name.as_str()]).await?;
            row.ok_or_else(|| ModelRouteRefusal::UnknownUpstream(place, name.clone()))?.get("wire")
        };
        if spoken != wire.as_str() {
            return Err(ModelRouteRefusal::OtherWire(place, spoken).into());
        }
    }
    Ok(())
}
