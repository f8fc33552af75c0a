//! Limits created, changed and deleted by administrators, each with its audit entry in its transaction.

use domain::audit::AuditAction;
use domain::change::{Actor, Precondition};
use domain::ids::LimitId;
use domain::limits::{Limit, LimitChange, LimitFacts, LimitRefusal, LimitSubject};
use domain::words::Word;
use tokio_postgres::Row;

use super::{FIND, limit_of_row};
use crate::change::{ChangeError, Changeable, Draft, commit_created};
use crate::executor::Executor;
use crate::keys::details;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const DELETE: Statement = statement!("limits/delete", "select limit_delete($1)", [UUID]);
/// Before any lock on a limit, which admissions take later than `open_calls`.
const PAUSE_CALLS: Statement = statement!("limits/pause_calls", "select limit_calls_pause()", []);
const INSERT: Statement = statement!(
    "limits/insert",
    "insert into limits (
        id, subject_kind, subject_id, metric, period, amount, mode, time_zone, unbounded, created_by, created_by_label
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict on constraint limits_subject_metric_period_mode_key do nothing",
    [UUID, TEXT, TEXT, TEXT, TEXT, INT8, TEXT, TEXT, TEXT, UUID, TEXT]
);
const LOCK: Statement = statement!(
    "limits/lock",
    "select id
    from limits
    where id = $1
    for no key update",
    [UUID]
);
/// A trigger carries them into the open windows.
const UPDATE: Statement = statement!(
    "limits/update",
    "update limits
    set amount = $2, mode = $3, unbounded = $4, version = version + 1, updated_at = clock_timestamp()
    where id = $1",
    [UUID, INT8, TEXT, TEXT]
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

pub(crate) const STATEMENTS: &[&Statement] =
    &[&DELETE, &PAUSE_CALLS, &INSERT, &LOCK, &UPDATE, &ZONE, &COUNT_HISTORY];

impl Changeable for Limit {
    type Refusal = LimitRefusal;
    const LOCK: Statement = LOCK;
    const FIND: Statement = FIND;

    fn of_row(row: &Row) -> Result<Self, DbError> {
        limit_of_row(row)
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// Creates a limit; a second one with the same subject, metric, window and mode is refused. Its current window starts
/// with the usage that the ledger already has.
pub async fn create(
    database: &Database,
    facts: &LimitFacts,
    by: &Actor,
) -> Result<Limit, ChangeError<LimitRefusal>> {
    let label = match &facts.subject {
        LimitSubject::Global | LimitSubject::EachKey | LimitSubject::Tag(_) => None,
        each @ LimitSubject::Label(_) if each.is_each() => None,
        LimitSubject::Label(label) => Some(label.clone()),
        LimitSubject::Key(id) => {
            let key = details::find(database, *id).await?.ok_or(LimitRefusal::UnknownKey)?;
            by.must_see(key.facts.user_label.as_deref()).map_err(|_| LimitRefusal::UnknownKey)?;
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
                &facts.unbounded.as_str(),
                &by.key_id.as_uuid(),
                &by.user_label,
            ],
        )
        .await?;
    if inserted == 0 {
        return Err(LimitRefusal::Exists.into());
    }
    transaction.execute(&COUNT_HISTORY, &[&id.as_uuid()]).await?;
    commit_created(transaction, id.as_uuid(), by).await
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
    let draft: Draft<'_, Limit> = Draft::begin(&mut connection, id.as_uuid(), by).await?;
    protect(&draft.before, by)?;
    draft.check(from)?;
    let before = &draft.before.facts;
    let amount = change.amount.applied_to(&before.amount);
    let mode = change.mode.applied_to(&before.mode);
    let unbounded = change.unbounded.applied_to(&before.unbounded);
    if (amount, mode, unbounded) == (before.amount, before.mode, before.unbounded) {
        return Ok(draft.before);
    }
    let (id, mode, unbounded) = (id.as_uuid(), mode.as_str(), unbounded.as_str());
    draft.transaction.execute(&UPDATE, &[&id, &amount, &mode, &unbounded]).await.map_err(exists)?;
    draft.commit(AuditAction::Update).await
}

/// Deletes a limit with its reservations. Calls in flight settle as before. Where it took the place of a limit for
/// each, that one applies again, with what has been used since.
pub async fn delete(
    database: &Database,
    id: LimitId,
    from: &Precondition,
    by: &Actor,
) -> Result<(), ChangeError<LimitRefusal>> {
    let mut connection = database.connection().await?;
    let transaction = connection.begin().await?;
    transaction.query(&PAUSE_CALLS, &[]).await?;
    let draft: Draft<'_, Limit> = Draft::of(transaction, id.as_uuid(), by).await?;
    protect(&draft.before, by)?;
    draft.check(from)?;
    draft.transaction.query(&DELETE, &[&id.as_uuid()]).await?;
    Ok(draft.commit_deleted().await?)
}

/// An administrator bound to a label changes what such administrators created.
fn protect(limit: &Limit, by: &Actor) -> Result<(), LimitRefusal> {
    if by.user_label.is_some() && by.user_label != limit.created_by_label {
        return Err(LimitRefusal::Protected);
    }
    Ok(())
}

/// A change of the mode may collide with the limit that has that mode.
fn exists(error: DbError) -> ChangeError<LimitRefusal> {
    match error.constraint() {
        Some("limits_subject_metric_period_mode_key") => LimitRefusal::Exists.into(),
        _ => ChangeError::Database(error),
    }
}
