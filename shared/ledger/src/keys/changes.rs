//! Keys created, changed, rotated and revoked by administrators, each with its audit entry in its transaction.

use domain::audit::AuditAction;
use domain::change::{Actor, ChangeRefusal, Precondition};
use domain::ids::KeyId;
use domain::keys::{Issued, Key, KeyChange, KeyFacts, KeyRefusal, NewSecret, weakens};
use domain::words::Word;
use serde_json::json;
use tokio_postgres::Row;

use super::details::{FIND, key_of_row};
use super::secrets;
use crate::change::{ChangeError, Changeable, Draft, commit_created, get};
use crate::executor::{Executor, Transaction};
use crate::pool::Connection;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

/// A lost response to the rotation of the last unrestricted admin key must leave time to rotate it again.
const MIN_LAST_ADMIN_GRACE_SECONDS: u32 = 60;

/// Changes of one key wait for each other; the second decides on what the first has left.
const LOCK: Statement = statement!(
    "keys/lock",
    "select id
    from api_keys
    where id = $1
    for no key update",
    [UUID]
);
pub(super) const OTHER_ADMIN: Statement = statement!("keys/other_admin.sql", [UUID]);
const INSERT: Statement = statement!(
    "keys/insert",
    "insert into api_keys (id, name, user_label, scopes, models, expires_at)
    values ($1, $2, $3, $4, $5, $6)
    returning expires_at <= clock_timestamp() as is_over",
    [UUID, TEXT, TEXT, TEXT_ARRAY, TEXT_ARRAY, TIMESTAMPTZ]
);
const UPDATE: Statement =
    statement!("keys/update.sql", [UUID, TEXT, TEXT, TEXT_ARRAY, TEXT_ARRAY, TIMESTAMPTZ]);
const REVOKE: Statement = statement!(
    "keys/revoke",
    "update api_keys
    set revoked_at = clock_timestamp(), version = version + 1
    where id = $1
        and revoked_at is null",
    [UUID]
);
const LOCK_LAST_ADMIN: Statement = statement!(
    "keys/lock_last_admin",
    "select pg_advisory_xact_lock(hashtextextended('tokenmeter last admin key', 0))",
    []
);

pub(crate) const STATEMENTS: &[&Statement] =
    &[&LOCK, &OTHER_ADMIN, &INSERT, &UPDATE, &REVOKE, &LOCK_LAST_ADMIN];

impl Changeable for Key {
    type Refusal = KeyRefusal;
    const LOCK: Statement = LOCK;
    const FIND: Statement = FIND;

    fn of_row(row: &Row) -> Result<Self, DbError> {
        key_of_row(row)
    }

    fn version(&self) -> i64 {
        self.version
    }
}

pub async fn create(
    database: &Database,
    facts: &KeyFacts,
    secret: &NewSecret<'_>,
    by: &Actor,
) -> Result<Issued, ChangeError<KeyRefusal>> {
    by.may_change(facts.user_label.as_deref())?;
    by.may_grant(facts)?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let id = KeyId::generate();
    if write(&transaction, &INSERT, id, facts).await? {
        return Err(KeyRefusal::ExpiresInPast.into());
    }
    if !secrets::add(&transaction, id, secret).await? {
        transaction.rollback().await?;
        let transaction = connection.begin().await?;
        let id = secrets::find_repeated(&transaction, secret).await?.ok_or(ChangeRefusal::NotFound)?;
        let key: Key = get(&transaction, id.as_uuid()).await?;
        by.may_change(key.facts.user_label.as_deref())?;
        by.may_manage(&key)?;
        return Ok(Issued { key, is_repeat: true });
    }
    let key = commit_created(transaction, id.as_uuid(), by).await?;
    Ok(Issued { key, is_repeat: false })
}

pub async fn change(
    database: &Database,
    id: KeyId,
    change: &KeyChange,
    from: &Precondition,
    by: &Actor,
) -> Result<Key, ChangeError<KeyRefusal>> {
    let mut connection = database.connection().await?;
    let draft = begin(&mut connection, id, by).await?;
    if by.user_label.is_some() && by.key_id == id {
        return Err(KeyRefusal::OwnKey.into());
    }
    let before = &draft.before.facts;
    let facts = change.applied_to(before);
    if facts.user_label != before.user_label {
        return Err(KeyRefusal::LabelFixed.into());
    }
    by.may_grant(&facts)?;
    draft.check(from)?;
    if draft.before.revoked_at.is_some() {
        return Err(KeyRefusal::Revoked.into());
    }
    if facts == *before {
        return Ok(draft.before);
    }
    if draft.before.is_unrestricted_admin() && weakens(before, &facts) {
        keep_an_admin(&draft.transaction, id).await?;
    }
    let is_over = write(&draft.transaction, &UPDATE, id, &facts).await?;
    if is_over && facts.expires_at != before.expires_at {
        return Err(KeyRefusal::ExpiresInPast.into());
    }
    draft.commit(AuditAction::Update).await
}

/// Revokes a key permanently. Repeating it changes nothing, whatever the precondition.
pub async fn revoke(
    database: &Database,
    id: KeyId,
    from: &Precondition,
    by: &Actor,
) -> Result<Key, ChangeError<KeyRefusal>> {
    let mut connection = database.connection().await?;
    let draft = begin(&mut connection, id, by).await?;
    if draft.before.revoked_at.is_some() {
        return Ok(draft.before);
    }
    draft.check(from)?;
    if draft.before.is_unrestricted_admin() {
        keep_an_admin(&draft.transaction, id).await?;
    }
    draft.transaction.execute(&REVOKE, &[&id.as_uuid()]).await?;
    draft.commit(AuditAction::Revoke).await
}

/// Gives a key a new secret. One other stays valid, for `grace_seconds` at most.
///
/// A repeated request returns before the version is compared: the first one has changed it.
pub async fn rotate(
    database: &Database,
    id: KeyId,
    secret: &NewSecret<'_>,
    grace_seconds: u32,
    from: &Precondition,
    by: &Actor,
) -> Result<Issued, ChangeError<KeyRefusal>> {
    let mut connection = database.connection().await?;
    let draft = begin(&mut connection, id, by).await?;
    if secret.request.is_some() && secrets::find_repeated(&draft.transaction, secret).await?.is_some() {
        return Ok(Issued { key: draft.before, is_repeat: true });
    }
    draft.check(from)?;
    if draft.before.revoked_at.is_some() {
        return Err(KeyRefusal::Revoked.into());
    }
    if draft.before.is_unrestricted_admin()
        && grace_seconds < MIN_LAST_ADMIN_GRACE_SECONDS
        && !is_other_admin(&draft.transaction, id).await?
    {
        return Err(KeyRefusal::LastAdminGrace.into());
    }
    secrets::retire(&draft.transaction, id, grace_seconds, by).await?;
    if !secrets::add(&draft.transaction, id, secret).await? {
        return Err(DbError::Unexpected("a secret that exists already").into());
    }
    let states = |before: &Key, after: &Key| {
        let new = json!({"secret_prefix": after.secret_prefix, "grace_seconds": grace_seconds});
        [json!({"secret_prefix": before.secret_prefix}), new]
    };
    let key = draft.commit_as(AuditAction::Rotate, states).await?;
    Ok(Issued { key, is_repeat: false })
}

async fn begin<'a>(
    connection: &'a mut Connection,
    id: KeyId,
    by: &'a Actor,
) -> Result<Draft<'a, Key>, ChangeError<KeyRefusal>> {
    let draft: Draft<'_, Key> = Draft::begin(connection, id.as_uuid(), by).await?;
    by.may_manage(&draft.before)?;
    Ok(draft)
}

/// Keeps the last unrestricted admin key: no request could undo its loss.
async fn keep_an_admin(transaction: &Transaction<'_>, id: KeyId) -> Result<(), ChangeError<KeyRefusal>> {
    if is_other_admin(transaction, id).await? { Ok(()) } else { Err(KeyRefusal::LastAdmin.into()) }
}

/// Whether there is another unrestricted admin key.
///
/// Changes that may take one wait for each other here and then read what the other has committed: if two administrators
/// revoke each other's key at once, one is refused.
async fn is_other_admin(transaction: &Transaction<'_>, id: KeyId) -> Result<bool, DbError> {
    transaction.query(&LOCK_LAST_ADMIN, &[]).await?;
    Ok(transaction.query_one(&OTHER_ADMIN, &[&id.as_uuid()]).await?.get("is_there"))
}

/// Writes the facts and returns whether the key has expired.
async fn write(
    transaction: &Transaction<'_>,
    statement: &Statement,
    id: KeyId,
    facts: &KeyFacts,
) -> Result<bool, ChangeError<KeyRefusal>> {
    let scopes: Vec<&str> = facts.scopes.iter().map(|scope| scope.as_str()).collect();
    let row = transaction
        .query_one(
            statement,
            &[&id.as_uuid(), &facts.name, &facts.user_label, &scopes, &facts.models, &facts.expires_at],
        )
        .await?;
    Ok(row.get::<_, Option<bool>>("is_over").unwrap_or_default())
}
