//! Making a correction, and undoing one.

use chrono::TimeDelta;
use domain::audit::AuditAction;
use domain::change::{Actor, ChangeRefusal};
use domain::prices::{PriceFacts, PriceRefusal, PriceRow};
use serde_json::json;

use super::{Revision, get, select};
use crate::change::{self, ChangeError};
use crate::executor::{Executor, Transaction};
use crate::prices::changes::{self, WITHDRAW};
use crate::prices::effects::{effects, until_of};
use crate::prices::entries::{Locked, advance};
use crate::prices::rows::{FIND, price_of_row};
use crate::prices::scan::Cursor;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

/// One change of prices by revision at a time.
const LOCK_BOOK: Statement = statement!(
    "prices/lock_book",
    "select version
    from price_book
    for update",
    []
);
const REVISE: Statement = statement!(
    "prices/revise.sql",
    [TIMESTAMPTZ, TIMESTAMPTZ, INT8, INT8, INT8, INT8, UUID, TEXT, TEXT, TEXT, TEXT]
);
const REVERSE_ENTRIES: Statement = statement!("prices/reverse_entries.sql", [INT8, INT8]);
const IS_BUILT_UPON: Statement = statement!("prices/is_built_upon.sql", [INT8]);
const RESTORE: Statement = statement!(template "prices/restore.sql", [INT8]);
const CLOSE: Statement = statement!(
    "prices/close_revision",
    "update price_revisions set closed_at = coalesce(closed_at, clock_timestamp()) where id = $1",
    [INT8]
);

pub(crate) const STATEMENTS: &[&Statement] =
    &[&LOCK_BOOK, &REVISE, &REVERSE_ENTRIES, &IS_BUILT_UPON, &RESTORE, &CLOSE];

/// Makes exactly the correction that `preview` showed. Repeating it continues the same one. The price is in the book at
/// once; its effect on the past becomes visible as a whole.
pub async fn apply(
    database: &Database,
    facts: &PriceFacts,
    preview: &str,
    by: &Actor,
) -> Result<Revision, ChangeError<PriceRefusal>> {
    by.may_change(None)?;
    let id = match select(database, None, Some(preview), None, 1).await?.pop() {
        Some(known) => known.id,
        None => match begin(database, facts, preview, by).await {
            // Perhaps the same request made it at the same time.
            Err(
                refusal @ (ChangeError::Common(ChangeRefusal::Stale)
                | ChangeError::Refused(PriceRefusal::Exists | PriceRefusal::RevisionPending)),
            ) => {
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
) -> Result<i64, ChangeError<PriceRefusal>> {
    let until = until_of(preview).ok_or(ChangeRefusal::Stale)?;
    let book = crate::prices::load(database).await?;
    let shown = effects(database, facts, until).await?;
    if shown.preview != preview {
        return Err(ChangeRefusal::Stale.into());
    }
    let mut client = database.connection().await?;
    let transaction = client.begin().await?;
    let version: i64 = transaction.query_one(&LOCK_BOOK, &[]).await?.get("version");
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

/// Undoes a correction: the reverse of its entries is appended, the price leaves the book, and the price that it
/// replaced returns. Calls billed with it since are priced as if it had never existed.
pub async fn undo(database: &Database, id: i64, by: &Actor) -> Result<Revision, ChangeError<PriceRefusal>> {
    by.may_change(None)?;
    let undo_id = begin_undo(database, id, by).await?;
    advance(database, undo_id).await?;
    get(database, undo_id).await
}

async fn begin_undo(database: &Database, id: i64, by: &Actor) -> Result<i64, ChangeError<PriceRefusal>> {
    let revision = get(database, id).await?;
    if revision.undoes_id.is_some() || revision.undone_by_id.is_some() {
        return Err(PriceRefusal::AlreadyUndone.into());
    }
    let mut client = database.connection().await?;
    let transaction = client.begin().await?;
    transaction.query_one(&LOCK_BOOK, &[]).await?;
    let locked = Locked::of(&transaction, id).await?;
    if !locked.is_applied {
        return Err(PriceRefusal::RevisionPending.into());
    }
    let built_upon = transaction.query_one(&IS_BUILT_UPON, &[&id]).await?;
    let price = transaction.query_opt(&FIND, &[&revision.price_id]).await?;
    let (Some(price), false) = (price, built_upon.get("is_built_upon")) else {
        return Err(PriceRefusal::BuiltUpon.into());
    };
    let price = price_of_row(&price)?;
    withdraw(&transaction, price.id).await?;
    if let Some(replaced) = revision.replaced_price_id
        && transaction.execute(&RESTORE, &[&replaced]).await? != 1
    {
        return Err(PriceRefusal::BuiltUpon.into());
    }
    let cursor = Cursor::before(revision.created_at - TimeDelta::minutes(1));
    let plan = Plan { price: &price, replaced: revision.replaced_price_id, undoes: Some(id), cursor };
    let undo_id = revise(&transaction, &plan, None, by).await?;
    transaction.execute(&REVERSE_ENTRIES, &[&undo_id, &id]).await?;
    transaction.execute(&CLOSE, &[&id]).await?;
    record(&transaction, by, AuditAction::Delete, &price, undo_id).await?;
    transaction.commit().await?;
    Ok(undo_id)
}

async fn withdraw(transaction: &Transaction<'_>, price_id: i64) -> Result<(), ChangeError<PriceRefusal>> {
    match transaction.execute(&WITHDRAW, &[&price_id]).await? {
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
) -> Result<i64, ChangeError<PriceRefusal>> {
    let facts = &plan.price.facts;
    let row = transaction
        .query_opt(
            &REVISE,
            &[
                &facts.effective_from,
                &plan.cursor.at,
                &facts.above_input_tokens,
                &plan.price.id,
                &plan.replaced,
                &plan.undoes,
                &by.key_id.as_uuid(),
                &facts.model,
                &facts.service_tier,
                &preview,
                &facts.provider.as_str(),
            ],
        )
        .await?;
    Ok(row.ok_or(PriceRefusal::RevisionPending)?.get("id"))
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
    change::record(transaction, by, action, price, [before, after]).await
}
