//! Objects that the provider made for calls, and whose they are.

use std::time::Duration;

use domain::calls::{NamedIds, ObjectClaim, ObjectOwner, StoredResponse};
use domain::ids::{CallId, KeyId};
use domain::keys::KeyHash;
use tokio_postgres::Row;

use crate::background::read_call;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

/// How long objects are known: five days longer than the provider keeps a response.
pub const RETENTION: Duration = Duration::from_hours(35 * 24);

const KEEP: Statement = statement!(
    "objects/keep",
    "select provider_objects_keep(
        object_ids => $1, maker_id => $2, maker_key_id => $3, maker_label => $4, maker_model => $5,
        maker_upstream => $6
    )",
    [TEXT_ARRAY, UUID, UUID, TEXT, TEXT, TEXT]
);
const FIND: Statement = statement!(
    "objects/find",
    "select call_id, key_id, user_label, model, background, upstream
    from provider_objects_find(key_hash => $1, wanted_id => $2)",
    [BYTEA, TEXT]
);
const REFUSE: Statement = statement!(
    "objects/refuse",
    "select provider_objects_refuse(
        key_hash => $1, own_ids => $2, sent_ids => $3, claimed_ids => $4, claim_id => $5, claim_label => $6,
        claim_model => $7
    ) as refused",
    [BYTEA, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, UUID, TEXT, TEXT]
);
const PRUNE: Statement = statement!("objects/prune.sql", [FLOAT8]);

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[&KEEP, &FIND, &REFUSE, &PRUNE]];

/// Records whose these objects are, durably. An object that is known already keeps its owner.
pub async fn keep(database: &Database, ids: &[String], owner: &ObjectOwner) -> Result<(), DbError> {
    let key_id = owner.key_id.map(KeyId::as_uuid);
    database
        .query_hot(
            &KEEP,
            &[&ids, &owner.call_id.as_uuid(), &key_id, &owner.user_label, &owner.model, &owner.upstream],
        )
        .await?;
    Ok(())
}

/// A response, if the holder of this key may use it; without a key, one that was made with the provider key of a
/// caller.
pub async fn find(
    database: &Database,
    key: Option<&KeyHash>,
    id: &str,
) -> Result<Option<StoredResponse>, DbError> {
    let row = database.query_hot(&FIND, &[&key.map(KeyHash::as_bytes), &id]).await?;
    let stored =
        row.map(|row| StoredResponse { owner: owner(&row), background: read_call(&row, "background") });
    Ok(stored)
}

/// The first of these objects that the holder of this key may not use.
pub async fn find_refused(
    database: &Database,
    key: &KeyHash,
    named: NamedIds<'_>,
    claim: ObjectClaim<'_>,
) -> Result<Option<String>, DbError> {
    let NamedIds { own, sent_back, claimed } = named;
    let row = database
        .query_hot(
            &REFUSE,
            &[
                &key.as_bytes(),
                &own,
                &sent_back,
                &claimed,
                &claim.call_id.as_uuid(),
                &claim.label,
                &claim.model,
            ],
        )
        .await?;
    Ok(row.and_then(|row| row.get("refused")))
}

/// Forgets objects that the provider no longer has, at most 10,000 at a time. Returns how many.
pub async fn prune(database: &Database) -> Result<u64, DbError> {
    let rows = database.query(&PRUNE, &[&RETENTION.as_secs_f64()]).await?;
    Ok(rows.first().map_or(0, |row| row.get::<_, i64>("removed")).try_into().unwrap_or_default())
}

fn owner(row: &Row) -> ObjectOwner {
    ObjectOwner {
        call_id: CallId::from_uuid(row.get("call_id")),
        key_id: row.get::<_, Option<_>>("key_id").map(KeyId::from_uuid),
        user_label: row.get("user_label"),
        model: row.get("model"),
        upstream: row.get("upstream"),
    }
}
