//! Changes by administrators: why one was not made, and its audit entry.

use domain::audit::{AuditAction, AuditSubject};
use domain::change::{Actor, ChangeRefusal};
use domain::keys::{Key, KeyRefusal};
use domain::limits::{Limit, LimitRefusal};
use domain::prices::{PriceRefusal, PriceRow};
use serde_json::Value;

use crate::executor::Transaction;
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

/// What has an audit entry for each of its changes.
pub(crate) trait Audited {
    const SUBJECT: AuditSubject;

    fn id(&self) -> String;
    /// The label whose administrators may read the entry.
    fn user_label(&self) -> Option<&str>;
    /// What the entry shows of it.
    fn state(&self) -> Value;
}

impl Audited for Key {
    const SUBJECT: AuditSubject = AuditSubject::Key;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        self.facts.user_label.as_deref()
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

impl Audited for Limit {
    const SUBJECT: AuditSubject = AuditSubject::Limit;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        self.user_label.as_deref()
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

impl Audited for PriceRow {
    const SUBJECT: AuditSubject = AuditSubject::Price;

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn user_label(&self) -> Option<&str> {
        None
    }

    fn state(&self) -> Value {
        self.audited()
    }
}

pub(crate) async fn record_created(
    transaction: &Transaction<'_>,
    by: &Actor,
    created: &impl Audited,
) -> Result<(), DbError> {
    record(transaction, by, AuditAction::Create, created, [None, Some(created.state())]).await
}

pub(crate) async fn record_changed<A: Audited>(
    transaction: &Transaction<'_>,
    by: &Actor,
    action: AuditAction,
    before: &A,
    after: &A,
) -> Result<(), DbError> {
    record(transaction, by, action, after, [Some(before.state()), Some(after.state())]).await
}

pub(crate) async fn record_deleted(
    transaction: &Transaction<'_>,
    by: &Actor,
    deleted: &impl Audited,
) -> Result<(), DbError> {
    record(transaction, by, AuditAction::Delete, deleted, [Some(deleted.state()), None]).await
}

/// For changes whose entry shows other things than the state of the subject.
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
