//! The preview of a price correction.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::money::PicoUsdSum;
use domain::prices::{PriceFacts, PriceRefusal};
use domain::pricing::{Price, PriceBook};
use domain::queries::TimeRange;
use ring::digest::{SHA256, digest};

use super::scan::{self, Cursor, Which};
use crate::change::ChangeError;
use crate::executor::Executor;
use crate::statement::{Statement, Values, statement};
use crate::usage::{MAX_ROWS, estimate_rows};
use crate::{Database, DbError};

const RETAINED_AS_SUMS: Statement = statement!(template "prices/retained_as_sums.sql", [TIMESTAMPTZ, TIMESTAMPTZ, TEXT_ARRAY, TEXT_ARRAY, TEXT]);
/// An instant before which no further ledger row can appear: the lock waits for every settlement in flight, as in
/// `rollups/move_mark`.
const CUTOFF: Statement = statement!(
    "prices/cutoff",
    "select case when pg_advisory_xact_lock(8389759082731831) is not null then clock_timestamp() end as cutoff",
    []
);

pub(crate) const STATEMENTS: &[&Statement] = &[&RETAINED_AS_SUMS, &CUTOFF];

/// A preview is one response: the gateway times out after 29 seconds.
const PATIENCE: Duration = Duration::from_secs(22);
/// The id of a price that is not in the book yet.
const NEW_ID: i64 = 0;
/// How much later than priced a call may be settled and still be found.
const LATEST: TimeDelta = TimeDelta::days(1);

/// The effect on one label and model.
#[derive(Debug, Clone, Default)]
pub struct Effect {
    /// Calls that the price applies to and whose cost can be computed.
    pub calls: i64,
    /// Those of them that have no known cost now.
    pub newly_priced_calls: i64,
    /// Those of unknown tokens, or that cannot be priced: they stay as they are.
    pub unchanged_calls: i64,
    /// Those that cost what their upstream states: they stay as they are.
    pub stated_calls: i64,
    pub billed: i128,
    pub before: i128,
    pub after: i128,
}

#[derive(Debug)]
pub struct Effects {
    /// Identifies what was shown, to apply exactly that.
    pub preview: String,
    /// Calls settled before this instant are counted.
    pub until: DateTime<Utc>,
    pub ends_at: Option<DateTime<Utc>>,
    pub replaced_price_id: Option<i64>,
    pub by_group: BTreeMap<(String, String), Effect>,
    /// Calls of these models that are kept as sums only and cannot be priced again.
    pub gone_calls: i64,
}

impl Effects {
    pub fn total(&self) -> Effect {
        let mut total = Effect::default();
        for effect in self.by_group.values() {
            total.calls += effect.calls;
            total.newly_priced_calls += effect.newly_priced_calls;
            total.unchanged_calls += effect.unchanged_calls;
            total.stated_calls += effect.stated_calls;
            total.billed += effect.billed;
            total.before += effect.before;
            total.after += effect.after;
        }
        total
    }
}

impl Effect {
    pub fn change(&self) -> PicoUsdSum {
        PicoUsdSum::from_pico(self.after - self.before)
    }
}

/// The effect of a price on the calls settled until now.
pub async fn preview(database: &Database, facts: &PriceFacts) -> Result<Effects, ChangeError<PriceRefusal>> {
    let until = cutoff(database).await?;
    effects(database, facts, until).await
}

/// An instant before which the ledger is complete.
pub(super) async fn cutoff(database: &Database) -> Result<DateTime<Utc>, DbError> {
    let mut client = database.connection().await?;
    let transaction = client.begin().await?;
    transaction.batch("set local lock_timeout = '1s'").await?;
    let row = transaction.query_one(&CUTOFF, &[]).await?;
    transaction.commit().await?;
    Ok(row.get("cutoff"))
}

/// The instant in a preview's name.
pub(super) fn until_of(preview: &str) -> Option<DateTime<Utc>> {
    let (micros, _) = preview.split_once('-')?;
    DateTime::from_timestamp_micros(micros.parse().ok()?)
}

pub(super) async fn effects(
    database: &Database,
    facts: &PriceFacts,
    until: DateTime<Utc>,
) -> Result<Effects, ChangeError<PriceRefusal>> {
    let started = Instant::now();
    let (price, book) = (facts.clone().with_id(NEW_ID), super::load(database).await?);
    let (corrected, replaced) = book.corrected(price.clone());
    if replaced.as_ref().is_some_and(|replaced| Price { id: NEW_ID, ..replaced.clone() } == price) {
        return Err(PriceRefusal::Exists.into());
    }
    let ends_at = corrected.ends_at(&price);
    let which = Which::priced_by(&price, &corrected);
    let first = Cursor::before_calls_from(price.effective_from);
    let last = end(until, ends_at);
    let rows =
        estimate_rows(database, TimeRange { from: Some(first.at), to: Some(last.max(first.at)) }).await?;
    if rows > MAX_ROWS {
        return Err(PriceRefusal::TooManyCalls.into());
    }
    let client = database.connection().await?;
    let mut by_group: BTreeMap<(String, String), Effect> = BTreeMap::new();
    let mut cursor = Some(first);
    while let Some(from) = cursor.filter(|from| from.at < last) {
        if started.elapsed() > PATIENCE {
            return Err(PriceRefusal::TooManyCalls.into());
        }
        let piece = scan::piece(&*client, &which, from, last, None, &corrected).await?;
        for found in piece.found {
            let effect = by_group.entry((found.user_label, found.model)).or_default();
            if found.is_stated {
                effect.stated_calls += 1;
                continue;
            }
            let Some(after) = found.after else {
                effect.unchanged_calls += 1;
                continue;
            };
            effect.calls += 1;
            effect.newly_priced_calls += i64::from(found.is_unpriced);
            effect.billed += found.billed;
            effect.before += found.before;
            effect.after += i128::from(after);
        }
        cursor = piece.next;
    }
    let gone_calls =
        retained_as_sums(&*client, &which, price.effective_from, ends_at.unwrap_or(until)).await?;
    let preview = name(facts, &book, until, &by_group);
    let replaced_price_id = replaced.map(|price| price.id);
    Ok(Effects { preview, until, ends_at, replaced_price_id, by_group, gone_calls })
}

/// The end of the range, before `until`, that holds the calls a price can apply to.
pub(super) fn end(until: DateTime<Utc>, ends_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let latest = ends_at.and_then(|at| at.checked_add_signed(LATEST));
    latest.map_or(until, |latest| latest.min(until))
}

async fn retained_as_sums(
    client: &impl Executor,
    which: &Which,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<i64, DbError> {
    let Which::PricedBy { provider, names, patterns, .. } = which else { return Ok(0) };
    let values: Values<'_> = &[&from, &to, names, patterns, &provider.as_str()];
    Ok(client.query_one(&RETAINED_AS_SUMS, values).await?.get("calls"))
}

/// Equal only if the same price has the same effect on the same prices.
fn name(
    facts: &PriceFacts,
    book: &PriceBook,
    until: DateTime<Utc>,
    by_group: &BTreeMap<(String, String), Effect>,
) -> String {
    use std::fmt::Write as _;
    let text = format!("{facts:?} {} {} {by_group:?}", book.version(), until.timestamp_micros());
    let mut name = format!("{}-", until.timestamp_micros());
    for byte in &digest(&SHA256, text.as_bytes()).as_ref()[..16] {
        // Writing to text does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
