//! Limits created, changed and deleted by administrators, each with its audit entry in its transaction.

use domain::audit::AuditAction;
use domain::change::{Actor, ChangeRefusal, Precondition};
use domain::ids::LimitId;
use domain::limits::{Limit, LimitChange, LimitFacts, LimitRefusal, LimitSubject};
use domain::words::Word;

use super::{FIND, limit_of_row};
use crate::change::{ChangeError, record_changed, record_created, record_deleted};
use crate::executor::{Executor, Transaction};
use crate::keys::details;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const DELETE: Statement = statement!("limits/delete", "delete from limits where id = $1", [UUID]);
const INSERT: Statement = statement!(
    "limits/insert",
    "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode, time_zone)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict on constraint limits_subject_metric_period_mode_key do nothing",
    [UUID, TEXT, TEXT, TEXT, TEXT, INT8, TEXT, TEXT]
);
const LOCK: Statement = statement!(
    "limits/lock",
    "select id
    from limits
    where id = $1
    for no key update",
    [UUID]
);
/// A trigger carries both into the open windows.
const UPDATE: Statement = statement!(
    "limits/update",
    "update limits
    set amount = $2, mode = $3, version = version + 1, updated_at = clock_timestamp()
    where id = $1",
    [UUID, INT8, TEXT]
);
const ZONE: Statement = statement!(
    "limits/zone",
    "select exists (
        select
        from pg_timezone_names
        where name = $1
    ) as is_known",
    [TEXT]
);
const COUNT_HISTORY: Statement =
    statement!("limits/count_history", "select limit_windows_open_with_history($1)", [UUID]);

pub(crate) const STATEMENTS: &[&Statement] = &[&DELETE, &INSERT, &LOCK, &UPDATE, &ZONE, &COUNT_HISTORY];

/// Creates a limit; a second one with the same subject, metric, window and mode is refused. Its current window starts
/// with the usage that the ledger already has.
pub async fn create(
    database: &Database,
    facts: &LimitFacts,
    by: &Actor,
) -> Result<Limit, ChangeError<LimitRefusal>> {
    let label = match &facts.subject {
        LimitSubject::Global => None,
        LimitSubject::Label(label) => Some(label.clone()),
        LimitSubject::Key(id) => {
            let key = details::find(database, *id).await?.ok_or(LimitRefusal::UnknownKey)?;
            key.facts.user_label
        }
    };
    by.may_change(label.as_deref())?;
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let zone = transaction.query_one(&ZONE, &[&facts.time_zone]).await?;
    if !zone.get::<_, bool>("is_known") {
        return Err(LimitRefusal::UnknownTimeZone.into());
    }
    let id = LimitId::generate();
    let inserted = transaction
        .execute(
            &INSERT,
            &[
                &id.as_uuid(),
                &facts.subject.kind().as_str(),
                &facts.subject.stored_id(),
                &facts.metric.as_str(),
                &facts.period.as_str(),
                &facts.amount,
                &facts.mode.as_str(),
                &facts.time_zone,
            ],
        )
        .await?;
    if inserted == 0 {
        return Err(LimitRefusal::Exists.into());
    }
    transaction.execute(&COUNT_HISTORY, &[&id.as_uuid()]).await?;
    let limit = get(&transaction, id).await?;
    record_created(&transaction, by, &limit).await?;
    transaction.commit().await?;
    Ok(limit)
}

/// Takes effect with the next call. Recorded usage stays.
pub async fn change(
    database: &Database,
    id: LimitId,
    change: &LimitChange,
    from: &Precondition,
    by: &Actor,
) -> Result<Limit, ChangeError<LimitRefusal>> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let before = lock(&transaction, id, by).await?;
    from.check(before.version)?;
    let amount = change.amount.applied_to(&before.facts.amount);
    let mode = change.mode.applied_to(&before.facts.mode);
    if (amount, mode) == (before.facts.amount, before.facts.mode) {
        return Ok(before);
    }
    let updated = transaction.execute(&UPDATE, &[&id.as_uuid(), &amount, &mode.as_str()]).await;
    updated.map_err(exists)?;
    let after = get(&transaction, id).await?;
    record_changed(&transaction, by, AuditAction::Update, &before, &after).await?;
    transaction.commit().await?;
    Ok(after)
}

/// Deletes a limit with its reservations. Calls in flight settle as before.
pub async fn delete(
    database: &Database,
    id: LimitId,
    from: &Precondition,
    by: &Actor,
) -> Result<(), ChangeError<LimitRefusal>> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    let before = lock(&transaction, id, by).await?;
    from.check(before.version)?;
    transaction.execute(&DELETE, &[&id.as_uuid()]).await?;
    record_deleted(&transaction, by, &before).await?;
    transaction.commit().await?;
    Ok(())
}

/// The limit, locked against other changes until the transaction ends.
async fn lock(
    transaction: &Transaction<'_>,
    id: LimitId,
    by: &Actor,
) -> Result<Limit, ChangeError<LimitRefusal>> {
    let locked = transaction.query_opt(&LOCK, &[&id.as_uuid()]).await?;
    if locked.is_none() {
        return Err(ChangeRefusal::NotFound.into());
    }
    // In its own statement, to see what was committed while this one waited for the lock.
    let limit = get(transaction, id).await?;
    by.may_change(limit.user_label.as_deref())?;
    Ok(limit)
}

async fn get(transaction: &Transaction<'_>, id: LimitId) -> Result<Limit, ChangeError<LimitRefusal>> {
    let row = transaction.query_opt(&FIND, &[&id.as_uuid()]).await?;
    Ok(limit_of_row(&row.ok_or(ChangeRefusal::NotFound)?)?)
}

/// A change of the mode may collide with the limit that has that mode.
fn exists(error: DbError) -> ChangeError<LimitRefusal> {
    match error.constraint() {
        Some("limits_subject_metric_period_mode_key") => LimitRefusal::Exists.into(),
        _ => ChangeError::Database(error),
    }
}
