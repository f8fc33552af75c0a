//! The admin key that no administrator created.

use domain::change::Actor;
use domain::ids::{KeyId, RequestId};
use domain::keys::{Key, KeyHash, NewKey, PlainKey, Scope};
use uuid::Uuid;

use super::changes::OTHER_ADMIN;
use super::{CREATE, create_with, created_id};
use crate::change::{ChangeError, get, record_created};
use crate::executor::Executor;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

/// Deployments that run at the same time create one key.
const LOCK: Statement = statement!(
    "keys/lock_first_admin",
    "select pg_advisory_xact_lock(hashtextextended('tokenmeter first admin key', 0))",
    []
);

pub(crate) const STATEMENTS: &[&Statement] = &[&LOCK];

/// Whether there is a valid admin key for all labels.
pub async fn has_admin(database: &Database) -> Result<bool, DbError> {
    Ok(database.query_one(&OTHER_ADMIN, &[&Uuid::nil()]).await?.get("is_there"))
}

/// Stores an admin key for all labels if there is none, or in any case with `is_another`; returns its id if it did.
///
/// `provide` returns the key that waits to be stored, or with `true` a new one: if the waiting key was stored before,
/// it has expired or was revoked.
pub async fn create_admin<E: From<DbError>>(
    database: &Database,
    name: &str,
    is_another: bool,
    provide: impl AsyncFn(bool) -> Result<(PlainKey, KeyHash), E>,
) -> Result<Option<KeyId>, E> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    transaction.query(&LOCK, &[]).await?;
    if !is_another {
        // In its own statement, to see what was committed while this one waited for the lock.
        let is_there = transaction.query_one(&OTHER_ADMIN, &[&Uuid::nil()]).await?.get("is_there");
        if is_there {
            return Ok(None);
        }
    }
    let new = NewKey { name, user_label: None, scopes: &[Scope::Admin], models: None, expires_at: None };
    for is_new in [is_another, true] {
        let (key, hash) = provide(is_new).await?;
        let stored =
            create_with(&new, &key, hash, async |values| transaction.query_opt(&CREATE, values).await);
        let Some(id) = stored.await?.as_ref().map(created_id) else { continue };
        let actor = Actor {
            key_id: id,
            user_label: None,
            models: None,
            ends_at: None,
            secret: None,
            request_id: RequestId::generate(),
        };
        let created: Key = get(&transaction, id.as_uuid()).await.map_err(database_error)?;
        record_created(&transaction, &actor, &created).await?;
        transaction.commit().await?;
        return Ok(Some(id));
    }
    Err(DbError::Unexpected("a new secret that exists already").into())
}

fn database_error<R>(error: ChangeError<R>) -> DbError {
    match error {
        ChangeError::Database(error) => error,
        ChangeError::Common(_) | ChangeError::Refused(_) => {
            DbError::Unexpected("no row of a key just created")
        }
    }
}
