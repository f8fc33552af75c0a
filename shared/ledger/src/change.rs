//! Changes by administrators: the subject is locked, the change decided, recorded in the audit log and committed, all
//! in one transaction.

mod audited;

use domain::audit::AuditAction;
use domain::change::{Actor, ChangeRefusal, Precondition};
use domain::keys::KeyRefusal;
use domain::limits::LimitRefusal;
use domain::model_routes::ModelRouteRefusal;
use domain::prices::{FeeRefusal, PriceRefusal};
use domain::upstreams::UpstreamRefusal;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

pub(crate) use self::audited::Audited;
use crate::executor::{Executor, Transaction};
use crate::pool::Connection;
use crate::statement::Statement;
use crate::{DbError, audit};

/// Why a change was not made; `R` is the refusal of its subject.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<R> {
    #[error(transparent)]
    Common(#[from] ChangeRefusal),
    #[error("{0}")]
    Refused(R),
    #[error(transparent)]
    Database(#[from] DbError),
}

// One each: for a type of its own, `From<R>` would overlap with the two above.
impl From<KeyRefusal> for ChangeError<KeyRefusal> {
    fn from(refusal: KeyRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<LimitRefusal> for ChangeError<LimitRefusal> {
    fn from(refusal: LimitRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<PriceRefusal> for ChangeError<PriceRefusal> {
    fn from(refusal: PriceRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<FeeRefusal> for ChangeError<FeeRefusal> {
    fn from(refusal: FeeRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<UpstreamRefusal> for ChangeError<UpstreamRefusal> {
    fn from(refusal: UpstreamRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ModelRouteRefusal> for ChangeError<ModelRouteRefusal> {
    fn from(refusal: ModelRouteRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What administrators change while others may change it too: it has a version.
pub(crate) trait Changeable: Audited + Sized {
    type Refusal;
    /// Locks the row with id `$1` against other changes.
    const LOCK: Statement;
    const FIND: Statement;

    fn of_row(row: &Row) -> Result<Self, DbError>;
    fn version(&self) -> i64;
}

/// A change of one subject, which stays locked until the change is committed or dropped.
pub(crate) struct Draft<'a, S> {
    pub(crate) transaction: Transaction<'a>,
    pub(crate) before: S,
    id: Uuid,
    by: &'a Actor,
}

impl<'a, S: Changeable> Draft<'a, S> {
    pub(crate) async fn begin(
        connection: &'a mut Connection,
        id: Uuid,
        by: &'a Actor,
    ) -> Result<Self, ChangeError<S::Refusal>> {
        Self::of(connection.begin().await?, id, by).await
    }

    pub(crate) async fn of(
        transaction: Transaction<'a>,
        id: Uuid,
        by: &'a Actor,
    ) -> Result<Self, ChangeError<S::Refusal>> {
        if transaction.query_opt(&S::LOCK, &[&id]).await?.is_none() {
            return Err(ChangeRefusal::NotFound.into());
        }
        // In its own statement, to see what was committed while this one waited for the lock.
        let before: S = get(&transaction, id).await?;
        by.must_see(before.user_label())?;
        Ok(Self { transaction, before, id, by })
    }

    pub(crate) fn check(&self, from: &Precondition) -> Result<(), ChangeRefusal> {
        from.check(self.before.version())
    }

    /// Commits what was written, with an entry that shows the subject before and after, and returns the latter.
    pub(crate) async fn commit(self, action: AuditAction) -> Result<S, ChangeError<S::Refusal>> {
        self.commit_as(action, |before, after| [before.state(), after.state()]).await
    }

    /// As [`Draft::commit`], for changes whose entry shows other things than the state of the subject.
    pub(crate) async fn commit_as(
        self,
        action: AuditAction,
        states: impl FnOnce(&S, &S) -> [Value; 2],
    ) -> Result<S, ChangeError<S::Refusal>> {
        let after: S = get(&self.transaction, self.id).await?;
        let states = states(&self.before, &after).map(Some);
        record(&self.transaction, self.by, action, &after, states).await?;
        self.transaction.commit().await?;
        Ok(after)
    }

    /// Commits the deletion of the subject.
    pub(crate) async fn commit_deleted(self) -> Result<(), DbError> {
        record_deleted(&self.transaction, self.by, &self.before).await?;
        self.transaction.commit().await
    }
}

/// Commits a new subject with its entry.
pub(crate) async fn commit_created<S: Changeable>(
    transaction: Transaction<'_>,
    id: Uuid,
    by: &Actor,
) -> Result<S, ChangeError<S::Refusal>> {
    let created: S = get(&transaction, id).await?;
    record_created(&transaction, by, &created).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(crate) async fn get<S: Changeable>(
    transaction: &Transaction<'_>,
    id: Uuid,
) -> Result<S, ChangeError<S::Refusal>> {
    let row = transaction.query_opt(&S::FIND, &[&id]).await?;
    Ok(S::of_row(&row.ok_or(ChangeRefusal::NotFound)?)?)
}

pub(crate) async fn record_created(
    transaction: &Transaction<'_>,
    by: &Actor,
    created: &impl Audited,
) -> Result<(), DbError> {
    record(transaction, by, AuditAction::Create, created, [None, Some(created.state())]).await
}

pub(crate) async fn record_deleted(
    transaction: &Transaction<'_>,
    by: &Actor,
    deleted: &impl Audited,
) -> Result<(), DbError> {
    record(transaction, by, AuditAction::Delete, deleted, [Some(deleted.state()), None]).await
}

pub(crate) async fn record<A: Audited>(
    transaction: &Transaction<'_>,
    by: &Actor,
    action: AuditAction,
    subject: &A,
    [before, after]: [Option<Value>; 2],
) -> Result<(), DbError> {
    let user_label = subject.user_label();
    let change = audit::Change { action, subject: A::SUBJECT, id: subject.id(), user_label, before, after };
    audit::record(transaction, by, change).await
}
