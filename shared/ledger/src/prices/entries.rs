//! The entries of a correction, written in pieces, so that a later run resumes where a writer died.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use domain::pricing::PriceBook;
use uuid::Uuid;

use super::effects::{cutoff, end};
use super::scan::{self, Cursor, Found, Which};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const LOCK_REVISION: Statement = statement!("prices/lock_revision.sql", [INT8]);
/// Prices stay as they are until the transaction ends; others may read them, and other revisions go on.
const LOCK_BOOK_SHARED: Statement = statement!(
    "prices/lock_book_shared",
    "select version
    from price_book
    for share",
    []
);
const ADD_ENTRIES: Statement = statement!(
    "prices/add_entries.sql",
    [INT8, TIMESTAMPTZ_ARRAY, UUID_ARRAY, INT2_ARRAY, INT8_ARRAY, INT2_ARRAY, INT8_ARRAY, INT8_ARRAY]
);
const ADD_SUMS: Statement = statement!("prices/add_sums.sql", [INT8, TIMESTAMPTZ, UUID, INT2]);
const MOVE_CURSOR: Statement = statement!("prices/move_cursor.sql", [INT8, TIMESTAMPTZ, UUID, INT2, BOOL]);
const OPEN_REVISIONS: Statement = statement!(
    "prices/open_revisions",
    "select id
    from price_revisions
    where closed_at is null
    order by id",
    []
);

pub(crate) const STATEMENTS: &[&Statement] =
    &[&LOCK_REVISION, &LOCK_BOOK_SHARED, &ADD_ENTRIES, &ADD_SUMS, &MOVE_CURSOR, &OPEN_REVISIONS];

/// How long one request or maintenance run works on a revision; the next one continues.
const PATIENCE: Duration = Duration::from_secs(15);

/// Continues every revision that is not closed: those partly written, and those whose prices calls in flight may not
/// have seen. Returns how many there were.
pub async fn continue_all(database: &Database) -> Result<usize, DbError> {
    let open = database.query(&OPEN_REVISIONS, &[]).await?;
    for row in &open {
        advance(database, row.get("id")).await?;
    }
    Ok(open.len())
}

/// A revision, locked until the transaction ends.
pub(super) struct Locked {
    created_at: DateTime<Utc>,
    pub is_applied: bool,
    is_closed: bool,
    is_undo: bool,
    price_id: i64,
    cursor: Cursor,
    book_version: i64,
}

impl Locked {
    pub(super) async fn of(transaction: &Transaction<'_>, id: i64) -> Result<Self, DbError> {
        let row = transaction.query_one(&LOCK_REVISION, &[&id]).await?;
        Ok(Self {
            created_at: row.get("created_at"),
            is_applied: row.get("is_applied"),
            is_closed: row.get("is_closed"),
            is_undo: row.get::<_, Option<i64>>("undoes_id").is_some(),
            price_id: row.get("price_id"),
            cursor: Cursor {
                at: row.get("cursor_at"),
                id: row.get("cursor_id"),
                revision: row.get("cursor_revision"),
            },
            book_version: row.get("version"),
        })
    }
}

/// Writes entries for the ledger rows up to now, one piece per transaction, so that a later run resumes where a writer
/// died. With the last piece the revision is applied.
pub(super) async fn advance(database: &Database, id: i64) -> Result<(), DbError> {
    let started = Instant::now();
    let until = cutoff(database).await?;
    while started.elapsed() < PATIENCE {
        let book = super::load(database).await?;
        let mut client = database.connection().await?;
        let transaction = client.begin().await?;
        // Before the revision, as an undo has it: the book stays as it is until these entries are written.
        transaction.query_one(&LOCK_BOOK_SHARED, &[]).await?;
        let locked = Locked::of(&transaction, id).await?;
        if locked.is_closed {
            return Ok(());
        }
        if locked.book_version == book.version() {
            let is_done = advance_piece(&transaction, id, &locked, until, &book).await?;
            transaction.commit().await?;
            if is_done {
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn advance_piece(
    transaction: &Transaction<'_>,
    id: i64,
    locked: &Locked,
    until: DateTime<Utc>,
    book: &PriceBook,
) -> Result<bool, DbError> {
    let price = book.price(locked.price_id);
    // A price that has been replaced applies to no call; the revision that replaced it has its calls.
    let (which, last) = match price {
        _ if locked.is_undo => (Some(Which::BilledWith { price_id: locked.price_id }), until),
        Some(price) => {
            let which = Which::priced_by(price, book);
            (Some(which), end(until, book.ends_at(price)))
        }
        None => (None, until),
    };
    let mut next = None;
    if let Some(which) = which
        && locked.cursor.at < last
    {
        let piece = scan::piece(transaction, &which, locked.cursor, last, Some(id), book).await?;
        next = piece.next;
        add_entries(transaction, id, &piece.found).await?;
    }
    let is_done = next.is_none();
    let cursor = next.unwrap_or_else(|| Cursor::before(until.max(locked.cursor.at)));
    if locked.is_applied {
        add_sums(transaction, id, locked.cursor).await?;
    } else if is_done {
        // All of them: those reversed from another revision may be anywhere.
        add_sums(transaction, id, Cursor::before(DateTime::UNIX_EPOCH)).await?;
    }
    let is_applied = locked.is_applied || is_done;
    debug_assert!(locked.created_at <= until || !is_done, "the cutoff is later than what it is for");
    let moved = transaction
        .execute(&MOVE_CURSOR, &[&id, &cursor.at, &cursor.id, &cursor.revision, &is_applied])
        .await?;
    if moved == 1 { Ok(is_done) } else { Err(DbError::Unexpected("a missing revision")) }
}

async fn add_entries(transaction: &Transaction<'_>, id: i64, found: &[Found]) -> Result<(), DbError> {
    let changed: Vec<(&Found, (i64, i16))> =
        found.iter().filter_map(|found| Some((found, found.change()?))).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let created_at: Vec<DateTime<Utc>> = changed.iter().map(|(found, _)| found.created_at).collect();
    let call_ids: Vec<Uuid> = changed.iter().map(|(found, _)| found.call_id).collect();
    let revisions: Vec<i16> = changed.iter().map(|(found, _)| found.call_revision).collect();
    let differences: Vec<i64> = changed.iter().map(|(_, (change, _))| *change).collect();
    let unpriced: Vec<i16> = changed.iter().map(|(_, (_, unpriced))| *unpriced).collect();
    let prices: Vec<Option<i64>> = changed.iter().map(|(found, _)| found.price_id).collect();
    let priors: Vec<Option<i64>> = changed.iter().map(|(found, _)| found.prior_price_id).collect();
    let written = transaction
        .execute(
            &ADD_ENTRIES,
            &[&id, &created_at, &call_ids, &revisions, &differences, &unpriced, &prices, &priors],
        )
        .await?;
    if written == changed.len() as u64 { Ok(()) } else { Err(DbError::Unexpected("missing ledger rows")) }
}

async fn add_sums(transaction: &Transaction<'_>, id: i64, behind: Cursor) -> Result<(), DbError> {
    transaction.execute(&ADD_SUMS, &[&id, &behind.at, &behind.id, &behind.revision]).await?;
    Ok(())
}
