//! Repricing past calls: read from the ledger in pieces, priced by [`PastCall::quote`].

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::calls::BilledPart;
use domain::money::PicoUsd;
use domain::pricing::{Billed, Fees, PastCall, Price, PriceBook, version_patterns};
use domain::provider::Provider;
use domain::usage::Usage;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::provider;
use crate::DbError;
use crate::executor::Executor;
use crate::statement::{Statement, statement};

const SCAN: Statement = statement!(
    "prices/scan.sql",
    [TIMESTAMPTZ, UUID, INT2, TIMESTAMPTZ, INT8, TEXT_ARRAY, TEXT_ARRAY, INT8, INT8, TEXT]
);

pub(crate) const STATEMENTS: &[&Statement] = &[&SCAN];

/// Rows that are in memory, and in one transaction, at once.
const FETCH_SIZE: i64 = 5000;

/// Which calls are repriced.
#[derive(Debug, Clone)]
pub(super) enum Which {
    /// Those that this price of the book applies to.
    PricedBy { price_id: i64, provider: Provider, names: Vec<String>, patterns: Vec<String> },
    /// Those that were billed with this price, which is no longer in the book.
    BilledWith { price_id: i64 },
}

impl Which {
    pub(super) fn priced_by(price: &Price, book: &PriceBook) -> Self {
        let names = book.names_of(price.provider.model(&price.model));
        let escaped = |name: &String| name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        // A name may be that of a version.
        let patterns =
            names.iter().flat_map(|name| version_patterns(&price.provider, &escaped(name))).collect();
        Self::PricedBy { price_id: price.id, provider: price.provider.clone(), names, patterns }
    }
}

/// The last row that was read; the next one follows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    pub at: DateTime<Utc>,
    pub id: Uuid,
    pub revision: i16,
}

impl Cursor {
    /// Before all rows of an instant.
    pub(super) const fn before(at: DateTime<Utc>) -> Self {
        Self { at, id: Uuid::nil(), revision: -1 }
    }

    /// Before all rows that a price can be for: a call is priced as of its end, which its row has in whole
    /// microseconds of at most 36 minutes, and settled after.
    pub(super) fn before_calls_from(at: DateTime<Utc>) -> Self {
        Self::before(at - TimeDelta::hours(1))
    }
}

/// A ledger row that a price applies to.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub created_at: DateTime<Utc>,
    pub call_id: Uuid,
    pub call_revision: i16,
    pub user_label: String,
    pub model: String,
    pub is_unpriced: bool,
    /// Whether its cost is what the upstream states, which no price changes.
    pub is_stated: bool,
    pub billed: i128,
    /// As priced before this.
    pub before: i128,
    /// `None` if it cannot be computed.
    pub after: Option<i64>,
    /// `None` if an undo leaves no price for it: its cost is then unknown.
    pub price_id: Option<i64>,
    pub prior_price_id: Option<i64>,
}

impl Found {
    /// The change in cost and in the number of calls of unknown cost; `None` if nothing changes.
    pub(super) fn change(&self) -> Option<(i64, i16)> {
        if self.is_stated {
            return None;
        }
        let (after, unpriced_change) = match self.price_id {
            Some(_) => (self.after?, -i16::from(self.is_unpriced)),
            None => (0, i16::from(!self.is_unpriced)),
        };
        let change = i64::try_from(i128::from(after) - self.before).ok()?;
        (change != 0 || unpriced_change != 0).then_some((change, unpriced_change))
    }
}

pub(super) struct Piece {
    pub found: Vec<Found>,
    /// `None` if the range has no more rows.
    pub next: Option<Cursor>,
}

/// The next rows of a range, priced by `book`.
pub(super) async fn piece(
    client: &impl Executor,
    which: &Which,
    cursor: Cursor,
    until: DateTime<Utc>,
    revision_id: Option<i64>,
    book: &PriceBook,
) -> Result<Piece, DbError> {
    let nothing = Vec::new();
    let (provider, names, patterns, billed_with) = match which {
        Which::PricedBy { provider, names, patterns, .. } => (Some(provider.as_str()), names, patterns, None),
        Which::BilledWith { price_id } => (None, &nothing, &nothing, Some(*price_id)),
    };
    let rows = client
        .query(
            &SCAN,
            &[
                &cursor.at,
                &cursor.id,
                &cursor.revision,
                &until,
                &revision_id,
                names,
                patterns,
                &billed_with,
                &FETCH_SIZE,
                &provider,
            ],
        )
        .await?;
    let is_last = rows.len() < usize::try_from(FETCH_SIZE).unwrap_or_default();
    let last = rows.last().filter(|_| !is_last);
    let next = last.map(|row| Cursor {
        at: row.get("created_at"),
        id: row.get("id"),
        revision: row.get("revision"),
    });
    let mut found = Vec::new();
    // Changes by earlier rows of the same call in this piece.
    let mut changed: HashMap<Uuid, Changed> = HashMap::new();
    for row in &rows {
        let Some(mut call) = decide(row, which, book, &changed) else { continue };
        if let Some((change, unpriced_change)) = call.change() {
            let known = changed.entry(call.call_id).or_default();
            *known = (known.0 + i128::from(change), known.1 + i32::from(unpriced_change), call.price_id);
        }
        call.prior_price_id = call.prior_price_id.filter(|_| !call.is_unpriced);
        found.push(call);
    }
    Ok(Piece { found, next })
}

/// The change in cost, in calls of unknown cost, and the new price.
type Changed = (i128, i32, Option<i64>);

fn decide(row: &Row, which: &Which, book: &PriceBook, changed: &HashMap<Uuid, Changed>) -> Option<Found> {
    let call_id: Uuid = row.get("id");
    let earlier = changed.get(&call_id).copied();
    let (change, unpriced_change, _) = earlier.unwrap_or_default();
    let unpriced: i32 = row.get("unpriced_calls");
    let corrected: i32 = row.get("unpriced_change");
    let is_unpriced = unpriced + corrected + unpriced_change > 0;
    let started_at: DateTime<Utc> = row.get("started_at");
    let latency: Option<i32> = row.get("latency_us");
    let priced_by = super::price(row, "price_id", "billed_model", "billed_tier");
    // The tier is known even where a part without a price leaves the cost unknown.
    let billed_tier: Option<String> = row.get("billed_tier");
    let billed_cost: i64 = row.get("billed_pico_usd");
    let billed = priced_by.filter(|_| unpriced == 0);
    let billed = billed.map(|price| Billed { price, cost: PicoUsd::from_pico(billed_cost) });
    let stored_tier: Option<String> = row.get("service_tier");
    let past = PastCall {
        provider: provider(row).unwrap_or_default(),
        served_model: row.get("served_model"),
        model: row.get("model"),
        service_tier: if billed.is_some() { stored_tier } else { billed_tier.or(stored_tier) },
        usage: Usage {
            input_tokens: row.get("input_tokens"),
            cached_tokens: row.get("cached_tokens"),
            cache_write_tokens: row.get("cache_write_tokens"),
            audio_input_tokens: row.get("audio_input_tokens"),
            output_tokens: row.get("output_tokens"),
            reasoning_tokens: row.get("reasoning_tokens"),
            audio_output_tokens: row.get("audio_output_tokens"),
            cache_write_long_tokens: row.get("cache_write_long_tokens"),
            cached_audio_tokens: row.get("cached_audio_tokens"),
            image_output_tokens: row.get("image_output_tokens"),
        },
        parts: BilledPart::from_stored(row.get::<_, Option<Value>>("parts").as_ref()),
        retried_input_tokens: row.get("retried_input_tokens"),
        retried_output_tokens: row.get("retried_output_tokens"),
        is_failed: row.get::<_, &str>("status") == "failed",
        may_be_estimated: matches!(row.get("status"), "estimated" | "failed"),
        error_code: row.get("error_code"),
        is_unpriced,
        billed,
        fees: Fees::from_stored(row.get::<_, Option<Value>>("fees").as_ref()),
        // As settlement priced it; imported rows may have no latency.
        at: latency.map_or_else(
            || row.get("created_at"),
            |micros| started_at + TimeDelta::microseconds(i64::from(micros)),
        ),
    };
    let is_part_billed_with = |price_id: i64| past.parts.iter().any(|part| part.price_id == Some(price_id));
    let quoted = past.quote(book);
    let prior_price_id: Option<i64> = earlier
        .and_then(|(.., price_id)| price_id)
        .or_else(|| row.get("entry_price_id"))
        .or_else(|| row.get("price_id"));
    let is_meant = match which {
        Which::PricedBy { price_id: wanted, .. } => {
            quoted.as_ref().is_some_and(|quoted| quoted.uses(*wanted))
        }
        Which::BilledWith { price_id: billed } => {
            prior_price_id == Some(*billed) || is_part_billed_with(*billed)
        }
    };
    let entries: i64 = row.get("change_pico_usd");
    is_meant.then(|| Found {
        created_at: row.get("created_at"),
        call_id,
        call_revision: row.get("revision"),
        user_label: row.get("user_label"),
        model: row.get("model"),
        is_unpriced,
        is_stated: row.get("is_stated"),
        billed: i128::from(billed_cost),
        before: i128::from(billed_cost) + i128::from(entries) + change,
        after: quoted.as_ref().and_then(|quoted| quoted.cost).map(PicoUsd::as_pico),
        price_id: quoted.map(|quoted| quoted.price_id),
        prior_price_id,
    })
}
