//! How calls are listed: in which order, and with which cursor between its pages.

use std::str::FromStr;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use domain::queries::{CallOrder, CostBasis, UsageFilter};
use ledger::Database;
use ledger::usage::{self, Call, CallRanking, Cursor, RankCursor};
use serde::Deserialize;
use utoipa::IntoParams;
use web::values::OneOf;
use web::{ApiError, FieldError, PageParams, Request};

/// A month of 31 days, with the hour by which a clock change may prolong it.
const MAX_RANKED: TimeDelta = TimeDelta::hours(31 * 24 + 1);

/// In which order, and whether counted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// `-created_at` (default): newest first. `-cost_usd`: dearest first, by the cost that `cost` names. `-latency_ms`:
    /// slowest first. Calls without a cost or latency come last. The last two need `from`, at most 31 days before `to`
    #[param(inline, value_type = Option<CallOrder>)]
    sort: Option<OneOf<CallOrder>>,
    /// Adds `calls`, the number of all calls that pass the filters; default false
    count: Option<bool>,
}

impl Request for ListParams {}

/// A call on its page, and the cursor to what follows it.
pub(super) struct Placed {
    pub call: Call,
    pub cursor: CallCursor,
}

impl ListParams {
    pub(super) fn is_counted(&self) -> bool {
        self.count.unwrap_or_default()
    }

    fn order(&self) -> CallOrder {
        self.sort.map(|sort| sort.0).unwrap_or_default()
    }

    /// A page of calls, and one more if there is a next page.
    pub(super) async fn calls(
        &self,
        database: &Database,
        filter: &UsageFilter,
        page: &PageParams<CallCursor>,
        cost: CostBasis,
    ) -> Result<Vec<Placed>, ApiError> {
        let order = self.order();
        let after = page.cursor();
        let ranking = match order {
            CallOrder::Newest => {
                let after = after.map(|cursor| cursor.of_newest().ok_or_else(foreign_cursor)).transpose()?;
                let calls = usage::list_calls(database, filter, after, page.fetch(), cost).await?;
                return Ok(calls.into_iter().map(Placed::newest).collect());
            }
            CallOrder::Dearest => CallRanking::Cost(cost),
            CallOrder::Slowest => CallRanking::Latency(cost),
        };
        let after = after.map(|cursor| cursor.of_ranked(order).ok_or_else(foreign_cursor)).transpose()?;
        let calls = usage::rank_calls(database, filter, ranking, after, page.fetch()).await?;
        let placed = |ranked: usage::RankedCall| Placed {
            cursor: CallCursor::Ranked(
                order,
                RankCursor { rank: ranked.rank, created_at: ranked.call.created_at, id: ranked.call.id },
            ),
            call: ranked.call,
        };
        Ok(calls.into_iter().map(placed).collect())
    }

    /// Bounds the range of calls that are to be ranked, so that it holds one or two months of the ledger.
    pub(super) async fn restrict(
        &self,
        database: &Database,
        filter: &mut UsageFilter,
    ) -> Result<(), ApiError> {
        if self.order() == CallOrder::Newest {
            return Ok(());
        }
        let to = match filter.range.to {
            Some(to) => to,
            None => usage::bounds(database).await?.now,
        };
        filter.range.to = Some(to);
        if filter.range.from.is_some_and(|from| to - from <= MAX_RANKED) {
            return Ok(());
        }
        let message = "must be at most 31 days before 'to' where calls are sorted by cost or latency";
        Err(ApiError::Validation(vec![FieldError::new("from", message)]))
    }
}

fn foreign_cursor() -> ApiError {
    let message = "must be the next_cursor of a page with the same 'sort'";
    ApiError::Validation(vec![FieldError::new("cursor", message)])
}

impl Placed {
    fn newest(call: Call) -> Self {
        let cursor = CallCursor::Newest(Cursor { created_at: call.created_at, id: call.id });
        Self { call, cursor }
    }
}

/// The end of a page of calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CallCursor {
    Newest(Cursor),
    Ranked(CallOrder, RankCursor),
}

const DEAREST: &str = "cost";
const SLOWEST: &str = "latency";

impl CallCursor {
    pub(super) fn text(self) -> String {
        match self {
            Self::Newest(Cursor { created_at, id }) => place(created_at, id),
            Self::Ranked(order, RankCursor { rank, created_at, id }) => {
                let order = if order == CallOrder::Dearest { DEAREST } else { SLOWEST };
                format!("{order}.{rank}.{}", place(created_at, id))
            }
        }
    }

    fn of_newest(self) -> Option<Cursor> {
        if let Self::Newest(cursor) = self { Some(cursor) } else { None }
    }

    fn of_ranked(self, wanted: CallOrder) -> Option<RankCursor> {
        match self {
            Self::Ranked(order, cursor) if order == wanted => Some(cursor),
            _ => None,
        }
    }
}

impl web::Cursor for CallCursor {
    const PATTERN: &'static str = r"^((cost|latency)\.-?[0-9]{1,19}\.)?[1-9][0-9]{0,17}_call_[0-9a-f]{32}$";
}

fn place(created_at: DateTime<Utc>, id: impl std::fmt::Display) -> String {
    format!("{}_{id}", created_at.timestamp_micros())
}

impl FromStr for CallCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let Some((order, rest)) = text.split_once('.') else { return parse_place(text).map(Self::Newest) };
        let order = match order {
            DEAREST => CallOrder::Dearest,
            SLOWEST => CallOrder::Slowest,
            _ => return Err(()),
        };
        let (rank, place) = rest.split_once('.').ok_or(())?;
        let Cursor { created_at, id } = parse_place(place)?;
        Ok(Self::Ranked(order, RankCursor { rank: rank.parse().map_err(|_| ())?, created_at, id }))
    }
}

fn parse_place(text: &str) -> Result<Cursor, ()> {
    let (micros, id) = text.split_once('_').ok_or(())?;
    let micros = micros.parse().map_err(|_| ())?;
    // The database's calendar is narrower than what the text can hold.
    let created_at = DateTime::from_timestamp_micros(micros).filter(|at| (1970..=9999).contains(&at.year()));
    Ok(Cursor { created_at: created_at.ok_or(())?, id: id.parse().map_err(|_| ())? })
}
