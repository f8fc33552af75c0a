//! Upstreams created, changed and deleted by administrators of all labels, each with its audit entry in its transaction.

use domain::audit::AuditAction;
use domain::change::{Actor, ChangeRefusal, Precondition};
use domain::upstreams::{
    AwsRegion, UpstreamChange, UpstreamFacts, UpstreamName, UpstreamRefusal, UpstreamRow,
};
use domain::words::Word;
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::{FIND, FIND_ID, upstream_of_row};
use crate::change::{ChangeError, Changeable, Draft, commit_created};
use crate::executor::Executor;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

/// Each function keeps all of them in memory.
const MAX_UPSTREAMS: i64 = 200;

const COUNT: Statement = statement!("upstreams/count", "select count(*) as number from upstreams", []);
const INSERT: Statement = statement!(
    "upstreams/insert",
    "insert into upstreams (
        name, wire, base_url, auth, secret_arn, price_provider, price_source, adds_stream_options, output_bound_member,
        models, region
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict on constraint upstreams_name_key do nothing
    returning id",
    [TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, BOOL, TEXT, JSONB, TEXT]
);
const LOCK: Statement = statement!(
    "upstreams/lock",
    "select id
    from upstreams
    where id = $1
    for no key update",
    [UUID]
);
const UPDATE: Statement = statement!(
    "upstreams/update",
    "update upstreams
    set
        base_url = $2, auth = $3, secret_arn = $4, price_provider = $5, price_source = $6, adds_stream_options = $7,
        output_bound_member = $8, models = $9, region = $10, version = version + 1, changed_at = clock_timestamp()
    where id = $1",
    [UUID, TEXT, TEXT, TEXT, TEXT, TEXT, BOOL, TEXT, JSONB, TEXT]
);
const DELETE: Statement = statement!("upstreams/delete", "delete from upstreams where id = $1", [UUID]);

pub(crate) const STATEMENTS: &[&Statement] = &[&COUNT, &INSERT, &LOCK, &UPDATE, &DELETE];

impl Changeable for UpstreamRow {
    type Refusal = UpstreamRefusal;
    const LOCK: Statement = LOCK;
    const FIND: Statement = FIND;

    fn of_row(row: &Row) -> Result<Self, DbError> {
        upstream_of_row(row)
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// Calls can be sent to it from the next one on; a second one of the same name is refused.
pub async fn create(
    database: &Database,
    facts: &UpstreamFacts,
    by: &Actor,
) -> Result<UpstreamRow, ChangeError<UpstreamRefusal>> {
    by.may_change(None)?;
    facts.check().map_err(UpstreamRefusal::from)?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    if transaction.query_one(&COUNT, &[]).await?.get::<_, i64>("number") >= MAX_UPSTREAMS {
        return Err(UpstreamRefusal::TooMany.into());
    }
    let inserted = transaction
        .query_opt(
            &INSERT,
            &[
                &facts.name.as_str(),
                &facts.wire.as_str(),
                &facts.base_url.as_str(),
                &facts.auth.as_str(),
                &facts.secret_arn,
                &facts.price_provider.as_str(),
                &facts.price_source.as_str(),
                &facts.adds_stream_options,
                &facts.output_bound_member.as_str(),
                &Json(&facts.models),
                &facts.region.as_ref().map(AwsRegion::as_str),
            ],
        )
        .await?;
    let id = inserted.ok_or(UpstreamRefusal::Exists)?.get("id");
    commit_created(transaction, id, by).await
}

/// Takes effect with the next call that is admitted.
pub async fn change(
    database: &Database,
    name: &UpstreamName,
    change: &UpstreamChange,
    from: &Precondition,
    by: &Actor,
) -> Result<UpstreamRow, ChangeError<UpstreamRefusal>> {
    by.may_change(None)?;
    let id = id_of(database, name).await?;
    let mut connection = database.connection().await?;
    let draft: Draft<'_, UpstreamRow> = Draft::begin(&mut connection, id, by).await?;
    draft.check(from)?;
    let facts = change.applied_to(&draft.before.facts);
    if facts == draft.before.facts {
        return Ok(draft.before);
    }
    facts.check().map_err(UpstreamRefusal::from)?;
    draft
        .transaction
        .execute(
            &UPDATE,
            &[
                &id,
                &facts.base_url.as_str(),
                &facts.auth.as_str(),
                &facts.secret_arn,
                &facts.price_provider.as_str(),
                &facts.price_source.as_str(),
                &facts.adds_stream_options,
                &facts.output_bound_member.as_str(),
                &Json(&facts.models),
                &facts.region.as_ref().map(AwsRegion::as_str),
            ],
        )
        .await?;
    draft.commit(AuditAction::Update).await
}

/// No call is sent to it from then on. Calls in flight settle as before.
pub async fn delete(
    database: &Database,
    name: &UpstreamName,
    from: &Precondition,
    by: &Actor,
) -> Result<(), ChangeError<UpstreamRefusal>> {
    by.may_change(None)?;
    let id = id_of(database, name).await?;
    let mut connection = database.connection().await?;
    let draft: Draft<'_, UpstreamRow> = Draft::begin(&mut connection, id, by).await?;
    draft.check(from)?;
    draft.transaction.execute(&DELETE, &[&id]).await?;
    Ok(draft.commit_deleted().await?)
}

async fn id_of(database: &Database, name: &UpstreamName) -> Result<Uuid, ChangeError<UpstreamRefusal>> {
    let row = database.query_opt(&FIND_ID, &[&name.as_str()]).await?;
    Ok(row.ok_or(ChangeRefusal::NotFound)?.get("id"))
}
