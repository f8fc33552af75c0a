//! Keys created, changed, rotated and revoked by administrators, each with its audit entry in its transaction.

use domain::audit::AuditAction;
use domain::change::{Actor, ChangeRefusal, Precondition};
use domain::ids::KeyId;
use domain::keys::{Issued, Key, KeyChange, KeyFacts, KeyRefusal, NewSecret, weakens};
use domain::words::Word;
use serde_json::json;

use super::details::{FIND, key_of_row};
use super::secrets;
use crate::change::{ChangeError, record, record_changed, record_created};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

/// Changes of one key wait for each other; the second decides on what the first has left.
const LOCK: Statement = statement!(
    "keys/lock",
    "select id
    from api_keys
    where id = $1
    for no key update",
    [UUID]
);
const OTHER_ADMIN: Statement = statement!("keys/other_admin.sql", [UUID]);
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

pub async fn create(
    database: &Database,
    facts: &KeyFacts,
    secret: &NewSecret<'_>,
    by: &Actor,
) -> Result<Issued, ChangeError<KeyRefusal>> {
    by.may_change(facts.user_label.as_deref())?;
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
        let key = get(&transaction, id).await?;
        by.may_change(key.facts.user_label.as_deref())?;
        return Ok(Issued { key, is_repeat: true });
    }
    let key = get(&transaction, id).await?;
    record_created(&transaction, by, &key).await?;
    transaction.commit().await?;
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
    let transaction = connection.begin().await?;
    let before = lock(&transaction, id, by).await?;
    let facts = change.applied_to(&before.facts);
    by.may_change(facts.user_label.as_deref())?;
    from.check(before.version)?;
    if before.revoked_at.is_some() {
        return Err(KeyRefusal::Revoked.into());
    }
    if facts == before.facts {
        return Ok(before);
    }
    if before.is_unrestricted_admin() && weakens(&before.facts, &facts) {
        keep_an_admin(&transaction, id).await?;
    }
    let is_over = write(&transaction, &UPDATE, id, &facts).await?;
    if is_over && facts.expires_at != before.facts.expires_at {
        return Err(KeyRefusal::ExpiresInPast.into());
    }
    let after = get(&transaction, id).await?;
    record_changed(&transaction, by, AuditAction::Update, &before, &after).await?;
    transaction.commit().await?;
    Ok(after)
}

/// Revokes a key permanently. Repeating it changes nothing, whatever the precondition.
pub async fn revoke(
    database: &Database,
    id: KeyId,
    from: &Precondition,
    by: &Actor,
) -> Result<Key, ChangeError<KeyRefusal>> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let before = lock(&transaction, id, by).await?;
    if before.revoked_at.is_some() {
        return Ok(before);
    }
    from.check(before.version)?;
    if before.is_unrestricted_admin() {
        keep_an_admin(&transaction, id).await?;
    }
    transaction.execute(&REVOKE, &[&id.as_uuid()]).await?;
    let after = get(&transaction, id).await?;
    record_changed(&transaction, by, AuditAction::Revoke, &before, &after).await?;
    transaction.commit().await?;
    Ok(after)
}

/// Gives a key a new secret; the others stay valid for `grace_seconds` at most.
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
    let transaction = connection.begin().await?;
    let before = lock(&transaction, id, by).await?;
    if secret.request.is_some() && secrets::find_repeated(&transaction, secret).await?.is_some() {
        return Ok(Issued { key: before, is_repeat: true });
    }
    from.check(before.version)?;
    if before.revoked_at.is_some() {
        return Err(KeyRefusal::Revoked.into());
    }
    secrets::retire(&transaction, id, grace_seconds).await?;
    if !secrets::add(&transaction, id, secret).await? {
        return Err(DbError::Unexpected("a secret that exists already").into());
    }
    let after = get(&transaction, id).await?;
    let old = json!({"secret_prefix": before.secret_prefix});
    let new = json!({"secret_prefix": after.secret_prefix, "grace_seconds": grace_seconds});
    record(&transaction, by, AuditAction::Rotate, &after, [Some(old), Some(new)]).await?;
    transaction.commit().await?;
    Ok(Issued { key: after, is_repeat: false })
}

/// Keeps the last unrestricted admin key: no request could undo its loss.
///
/// Changes that take one wait for each other here and then read what the other has committed: if two administrators
/// revoke each other's key at once, one is refused.
async fn keep_an_admin(transaction: &Transaction<'_>, id: KeyId) -> Result<(), ChangeError<KeyRefusal>> {
    transaction.query(&LOCK_LAST_ADMIN, &[]).await?;
    let other = transaction.query_one(&OTHER_ADMIN, &[&id.as_uuid()]).await?;
    if other.get("is_there") { Ok(()) } else { Err(KeyRefusal::LastAdmin.into()) }
}

/// The key, locked against other changes until the transaction ends.
async fn lock(transaction: &Transaction<'_>, id: KeyId, by: &Actor) -> Result<Key, ChangeError<KeyRefusal>> {
    let locked = transaction.query_opt(&LOCK, &[&id.as_uuid()]).await?;
    if locked.is_none() {
        return Err(ChangeRefusal::NotFound.into());
    }
    // In its own statement, to see what was committed while this one waited for the lock.
    let key = get(transaction, id).await?;
    by.may_change(key.facts.user_label.as_deref())?;
    Ok(key)
}

async fn get(transaction: &Transaction<'_>, id: KeyId) -> Result<Key, ChangeError<KeyRefusal>> {
    let row = transaction.query_opt(&FIND, &[&id.as_uuid()]).await?;
    Ok(key_of_row(&row.ok_or(ChangeRefusal::NotFound)?)?)
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
