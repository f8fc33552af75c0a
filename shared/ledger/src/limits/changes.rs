//! Limits set, changed and lifted by administrators, each with its audit entry in its transaction.

use domain::audit::{AuditAction, AuditSubject};
use domain::change::{Actor, ChangeRefusal, Precondition};
use domain::ids::LimitId;
use domain::limits::{Limit, LimitChange, LimitFacts, LimitSubject};
use serde_json::Value;
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::{FIND, limit_of_row};
use crate::change::ChangeError;
use crate::keys::details;
use crate::{Database, DbError, audit};

pub(crate) const DELETE: &str = include_str!("delete.sql");
pub(crate) const INSERT: &str = include_str!("insert.sql");
pub(crate) const LOCK: &str = include_str!("lock.sql");
pub(crate) const UPDATE: &str = include_str!("update.sql");
pub(crate) const ZONE: &str = include_str!("zone.sql");
const COUNT_HISTORY: &str = "select limit_windows_open_with_history($1)";
pub(crate) const ID_TYPES: &[Type] = &[Type::UUID];
pub(crate) const INSERT_TYPES: &[Type] =
    &[Type::UUID, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::INT8, Type::TEXT, Type::TEXT];
pub(crate) const UPDATE_TYPES: &[Type] = &[Type::UUID, Type::INT8, Type::TEXT];
pub(crate) const ZONE_TYPES: &[Type] = &[Type::TEXT];

/// One limit for a subject, metric, window and mode: a second is refused. Its current window begins with what the
/// ledger has of it.
pub async fn create(database: &Database, facts: &LimitFacts, by: &Actor) -> Result<Limit, ChangeError> {
    let label = match &facts.subject {
        LimitSubject::Global => None,
        LimitSubject::Label(label) => Some(label.clone()),
        LimitSubject::Key(id) => {
            let key = details::find(database, *id).await?.ok_or(ChangeRefusal::UnknownKey)?;
            key.facts.user_label
        }
    };
    by.may_change(label.as_deref())?;
    let mut connection = database.connection().await?;
    let transaction = connection.transaction().await?;
    let zone = transaction.query_typed_one(ZONE, &[(&facts.time_zone, Type::TEXT)]).await?;
    if !zone.get::<_, bool>("is_known") {
        return Err(ChangeRefusal::UnknownTimeZone.into());
    }
    let id = LimitId::generate();
    let inserted = transaction
        .execute_typed(
            INSERT,
            &[
                (&id.as_uuid(), Type::UUID),
                (&facts.subject.kind().as_str(), Type::TEXT),
                (&facts.subject.stored_id(), Type::TEXT),
                (&facts.metric.as_str(), Type::TEXT),
                (&facts.period.as_str(), Type::TEXT),
                (&facts.amount, Type::INT8),
                (&facts.mode.as_str(), Type::TEXT),
                (&facts.time_zone, Type::TEXT),
            ],
        )
        .await?;
    if inserted == 0 {
        return Err(ChangeRefusal::Exists.into());
    }
    transaction.execute_typed(COUNT_HISTORY, &[(&id.as_uuid(), Type::UUID)]).await?;
    let limit = get(&transaction, id).await?;
    record(&transaction, by, &limit, AuditAction::Create, None, Some(limit.audited())).await?;
    transaction.commit().await?;
    Ok(limit)
}

/// Takes effect with the next call; what was used stays used.
pub async fn change(
    database: &Database,
    id: LimitId,
    change: &LimitChange,
    from: &Precondition,
    by: &Actor,
) -> Result<Limit, ChangeError> {
    let mut connection = database.connection().await?;
    let transaction = connection.transaction().await?;
    let before = lock(&transaction, id, by).await?;
    from.check(before.version)?;
    let amount = change.amount.applied_to(&before.facts.amount);
    let mode = change.mode.applied_to(&before.facts.mode);
    if (amount, mode) == (before.facts.amount, before.facts.mode) {
        return Ok(before);
    }
    let updated = transaction
        .execute_typed(
            UPDATE,
            &[(&id.as_uuid(), Type::UUID), (&amount, Type::INT8), (&mode.as_str(), Type::TEXT)],
        )
        .await;
    updated.map_err(exists)?;
    let after = get(&transaction, id).await?;
    record(&transaction, by, &after, AuditAction::Update, Some(before.audited()), Some(after.audited()))
        .await?;
    transaction.commit().await?;
    Ok(after)
}

/// Lifts a limit. Calls in flight settle as before; what they had reserved of it is gone with it.
pub async fn delete(
    database: &Database,
    id: LimitId,
    from: &Precondition,
    by: &Actor,
) -> Result<(), ChangeError> {
    let mut connection = database.connection().await?;
    let transaction = connection.transaction().await?;
    let before = lock(&transaction, id, by).await?;
    from.check(before.version)?;
    transaction.execute_typed(DELETE, &[(&id.as_uuid(), Type::UUID)]).await?;
    record(&transaction, by, &before, AuditAction::Delete, Some(before.audited()), None).await?;
    transaction.commit().await?;
    Ok(())
}

/// The limit as it is, for nobody else to change until the transaction ends.
async fn lock(transaction: &Transaction<'_>, id: LimitId, by: &Actor) -> Result<Limit, ChangeError> {
    let locked = transaction.query_typed_opt(LOCK, &[(&id.as_uuid(), Type::UUID)]).await?;
    if locked.is_none() {
        return Err(ChangeRefusal::NotFound.into());
    }
    // A statement of its own: it sees what was committed while the lock was waited for.
    let limit = get(transaction, id).await?;
    by.may_change(limit.user_label.as_deref())?;
    Ok(limit)
}

async fn get(transaction: &Transaction<'_>, id: LimitId) -> Result<Limit, ChangeError> {
    let row = transaction.query_typed_opt(FIND, &[(&id.as_uuid(), Type::UUID)]).await?;
    Ok(limit_of_row(&row.ok_or(ChangeRefusal::NotFound)?)?)
}

/// Another mode may meet the limit of that mode.
fn exists(error: tokio_postgres::Error) -> ChangeError {
    let error = DbError::from(error);
    match error.constraint() {
        Some("limits_subject_metric_period_mode_key") => ChangeRefusal::Exists.into(),
        _ => ChangeError::Database(error),
    }
}

async fn record(
    transaction: &Transaction<'_>,
    by: &Actor,
    limit: &Limit,
    action: AuditAction,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<(), DbError> {
    let change = audit::Change {
        action,
        subject: AuditSubject::Limit,
        id: limit.id.to_string(),
        user_label: limit.user_label.as_deref(),
        before,
        after,
    };
    audit::record(transaction, by, change).await
}
