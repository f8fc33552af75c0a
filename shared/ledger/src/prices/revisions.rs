//! Corrections of prices as they were made: applied piece by piece, visible at once, undone by their reverse.

use chrono::{DateTime, TimeDelta, Utc};
use domain::audit::{AuditAction, AuditSubject};
use domain::change::{Actor, ChangeRefusal};
use domain::ids::KeyId;
use domain::money::PicoUsdSum;
use domain::prices::{PriceFacts, PriceRow};
use serde_json::json;
use tokio_postgres::types::Type;
use tokio_postgres::{Row, Transaction};

use super::changes::{self, WITHDRAW};
use super::effects::{effects, until_of};
use super::entries::{Locked, advance};
use super::rows::{FIND, price_of_row};
use super::scan::Cursor;
use crate::change::ChangeError;
use crate::{Database, DbError, audit};

pub(crate) const LOCK_BOOK: &str = include_str!("lock_book.sql");
pub(crate) const REVISE: &str = include_str!("revise.sql");
pub(crate) const REVISE_TYPES: &[Type] = &[
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
];
pub(crate) const REVERSE_ENTRIES: &str = include_str!("reverse_entries.sql");
pub(crate) const REVERSE_ENTRIES_TYPES: &[Type] = &[Type::INT8, Type::INT8];
pub(crate) const REVISIONS: &str = include_str!("revisions.sql");
pub(crate) const REVISIONS_TYPES: &[Type] = &[Type::INT8, Type::TEXT, Type::INT8, Type::INT8];
pub(crate) const IS_BUILT_UPON: &str = include_str!("is_built_upon.sql");
pub(crate) const RESTORE: &str = include_str!("restore.sql");
pub(crate) const ID_TYPES: &[Type] = &[Type::INT8];

/// A correction, or the undoing of one.
#[derive(Debug, Clone)]
pub struct Revision {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    /// `None` while it is being written and changes nothing yet.
    pub applied_at: Option<DateTime<Utc>>,
    pub model: String,
    pub service_tier: String,
    pub above_input_tokens: i64,
    pub effective_from: DateTime<Utc>,
    pub price_id: i64,
    pub replaced_price_id: Option<i64>,
    pub undoes_id: Option<i64>,
    pub undone_by_id: Option<i64>,
    pub changed_calls: i64,
    pub newly_priced_calls: i64,
    pub change: PicoUsdSum,
    pub actor_key_id: KeyId,
}

impl Revision {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id"),
            created_at: row.get("created_at"),
            applied_at: row.get("applied_at"),
            model: row.get("model"),
            service_tier: row.get("service_tier"),
            above_input_tokens: row.get("above_input_tokens"),
            effective_from: row.get("effective_from"),
            price_id: row.get("price_id"),
            replaced_price_id: row.get("replaced_price_id"),
            undoes_id: row.get("undoes_id"),
            undone_by_id: row.get("undone_by_id"),
            changed_calls: row.get("changed_calls"),
            newly_priced_calls: row.get("newly_priced_calls"),
            change: PicoUsdSum::from_pico_text(row.get("change_pico_usd"))
                .map_err(|_| DbError::Unexpected("a sum that is not a number"))?,
            actor_key_id: KeyId::from_uuid(row.get("actor_key_id")),
        })
    }
}

/// Latest first, at most `limit` made before `before`.
pub async fn list(database: &Database, before: Option<i64>, limit: i64) -> Result<Vec<Revision>, DbError> {
    select(database, None, None, before, limit).await
}

async fn select(
    database: &Database,
    id: Option<i64>,
    preview: Option<&str>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Revision>, DbError> {
    let params = [
        (&id as _, Type::INT8),
        (&preview as _, Type::TEXT),
        (&before as _, Type::INT8),
        (&limit as _, Type::INT8),
    ];
    database.query(REVISIONS, &params).await?.iter().map(Revision::from_row).collect()
}

async fn get(database: &Database, id: i64) -> Result<Revision, ChangeError> {
    select(database, Some(id), None, None, 1).await?.pop().ok_or(ChangeRefusal::NotFound.into())
}

/// Makes the correction that `preview` showed, and no other. Repeated it goes on with the same one. The price is in the
/// book at once; what it changes of the past becomes visible as a whole.
pub async fn apply(
    database: &Database,
    facts: &PriceFacts,
    preview: &str,
    by: &Actor,
) -> Result<Revision, ChangeError> {
    by.may_change(None)?;
    let id = match select(database, None, Some(preview), None, 1).await?.pop() {
        Some(known) => known.id,
        None => match begin(database, facts, preview, by).await {
            // By the same request at the same time, perhaps, which may have come anywhere meanwhile.
            Err(ChangeError::Refused(
                refusal @ (ChangeRefusal::Stale | ChangeRefusal::Exists | ChangeRefusal::RevisionPending),
            )) => {
                let known = select(database, None, Some(preview), None, 1).await?.pop();
                known.ok_or(refusal)?.id
            }
            begun => begun?,
        },
    };
    advance(database, id).await?;
    get(database, id).await
}

async fn begin(
    database: &Database,
    facts: &PriceFacts,
    preview: &str,
    by: &Actor,
) -> Result<i64, ChangeError> {
    let until = until_of(preview).ok_or(ChangeRefusal::Stale)?;
    let book = super::load(database).await?;
    let shown = effects(database, facts, until).await?;
    if shown.preview != preview {
        return Err(ChangeRefusal::Stale.into());
    }
    let mut client = database.connection().await?;
    let transaction = client.transaction().await?;
    let version: i64 = transaction.query_typed_one(LOCK_BOOK, &[]).await?.get("version");
    if version != book.version() {
        return Err(ChangeRefusal::Stale.into());
    }
    if let Some(replaced) = shown.replaced_price_id {
        withdraw(&transaction, replaced).await?;
    }
    let price = changes::insert(&transaction, facts).await?;
    let cursor = Cursor::before_calls_from(facts.effective_from);
    let plan = Plan { price: &price, replaced: shown.replaced_price_id, undoes: None, cursor };
    let id = revise(&transaction, &plan, Some(preview), by).await?;
    record(&transaction, by, AuditAction::Create, &price, id).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Takes a correction back: the reverse of its entries is appended, the price leaves the book, and the one it took the
/// place of is there again. Calls billed with it meanwhile are priced as if it had never been.
pub async fn undo(database: &Database, id: i64, by: &Actor) -> Result<Revision, ChangeError> {
    by.may_change(None)?;
    let undo_id = begin_undo(database, id, by).await?;
    advance(database, undo_id).await?;
    get(database, undo_id).await
}

async fn begin_undo(database: &Database, id: i64, by: &Actor) -> Result<i64, ChangeError> {
    let revision = get(database, id).await?;
    if revision.undoes_id.is_some() || revision.undone_by_id.is_some() {
        return Err(ChangeRefusal::Undone.into());
    }
    let mut client = database.connection().await?;
    let transaction = client.transaction().await?;
    transaction.query_typed_one(LOCK_BOOK, &[]).await?;
    let locked = Locked::of(&transaction, id).await?;
    if !locked.is_applied {
        return Err(ChangeRefusal::RevisionPending.into());
    }
    let built_upon = transaction.query_typed_one(IS_BUILT_UPON, &[(&id, Type::INT8)]).await?;
    let price = transaction.query_typed_opt(FIND, &[(&revision.price_id, Type::INT8)]).await?;
    let (Some(price), false) = (price, built_upon.get("is_built_upon")) else {
        return Err(ChangeRefusal::BuiltUpon.into());
    };
    let price = price_of_row(&price)?;
    withdraw(&transaction, price.id).await?;
    if let Some(replaced) = revision.replaced_price_id
        && transaction.execute_typed(RESTORE, &[(&replaced, Type::INT8)]).await? != 1
    {
        return Err(ChangeRefusal::BuiltUpon.into());
    }
    let cursor = Cursor::before(revision.created_at - TimeDelta::minutes(1));
    let plan = Plan { price: &price, replaced: revision.replaced_price_id, undoes: Some(id), cursor };
    let undo_id = revise(&transaction, &plan, None, by).await?;
    transaction.execute_typed(REVERSE_ENTRIES, &[(&undo_id, Type::INT8), (&id, Type::INT8)]).await?;
    let close = "update price_revisions set closed_at = coalesce(closed_at, clock_timestamp()) where id = $1";
    transaction.execute_typed(close, &[(&id, Type::INT8)]).await?;
    record(&transaction, by, AuditAction::Delete, &price, undo_id).await?;
    transaction.commit().await?;
    Ok(undo_id)
}

async fn withdraw(transaction: &Transaction<'_>, price_id: i64) -> Result<(), ChangeError> {
    match transaction.execute_typed(WITHDRAW, &[(&price_id, Type::INT8)]).await? {
        1 => Ok(()),
        _ => Err(ChangeRefusal::Stale.into()),
    }
}

struct Plan<'a> {
    price: &'a PriceRow,
    replaced: Option<i64>,
    undoes: Option<i64>,
    cursor: Cursor,
}

async fn revise(
    transaction: &Transaction<'_>,
    plan: &Plan<'_>,
    preview: Option<&str>,
    by: &Actor,
) -> Result<i64, ChangeError> {
    let facts = &plan.price.facts;
    let row = transaction
        .query_typed_opt(
            REVISE,
            &[
                (&facts.effective_from, Type::TIMESTAMPTZ),
                (&plan.cursor.at, Type::TIMESTAMPTZ),
                (&facts.above_input_tokens, Type::INT8),
                (&plan.price.id, Type::INT8),
                (&plan.replaced, Type::INT8),
                (&plan.undoes, Type::INT8),
                (&by.key_id.as_uuid(), Type::UUID),
                (&facts.model, Type::TEXT),
                (&facts.service_tier, Type::TEXT),
                (&preview, Type::TEXT),
            ],
        )
        .await?;
    Ok(row.ok_or(ChangeRefusal::RevisionPending)?.get("id"))
}

async fn record(
    transaction: &Transaction<'_>,
    by: &Actor,
    action: AuditAction,
    price: &PriceRow,
    revision_id: i64,
) -> Result<(), DbError> {
    let mut facts = price.audited();
    facts["revision_id"] = json!(revision_id);
    let (before, after) =
        if action == AuditAction::Create { (None, Some(facts)) } else { (Some(facts), None) };
    let id = price.id.to_string();
    let change = audit::Change { action, subject: AuditSubject::Price, id, user_label: None, before, after };
    audit::record(transaction, by, change).await
}
