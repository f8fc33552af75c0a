//! Usage: sums per group and bucket, and single calls.

mod bounds;
mod calls;
mod cost;
mod counts;
mod fragments;
mod histogram;
mod measures;
mod params;
mod pieces;
mod ranked;
mod series;
mod sources;
mod values;

use chrono::SubsecRound;
use tokio_postgres::Row;

pub use bounds::{Bounds, MAX_ROWS, bounds, dropped_until, estimate_rows, first_call_of};
pub use calls::{Call, Cursor, Export, count_calls, export, find_call, list_calls};
pub(crate) use fragments::names;
pub use measures::{Distribution, Measures};
pub use ranked::{CallRanking, RankCursor, RankedCall, rank_calls};
pub use series::{MAX_POINTS, Point, Series, SeriesError, SeriesQuery, is_time_zone, series};
pub use values::{SeenValue, list_values};

use measures::Columns;
use params::MeasureParams;
use sources::Source;

use super::time::Moment;
use super::{Database, DbError};
use crate::executor::Executor;
use crate::statement::Statement;
use domain::ids::KeyId;
use domain::queries::{CostBasis, Dimension, Grouping, TimeRange, UsageFilter};

pub(crate) const STATEMENTS: &[&[&Statement]] = &[
    bounds::STATEMENTS,
    calls::STATEMENTS,
    cost::STATEMENTS,
    params::STATEMENTS,
    ranked::STATEMENTS,
    series::STATEMENTS,
    values::STATEMENTS,
];

/// Sums of one group. A dimension that was not asked for is `None`, and so is a key of calls without one.
#[derive(Debug, Clone)]
pub struct Totals {
    pub group: Group,
    pub measures: Measures,
}

/// The values that the calls of a group share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Group {
    pub model: Option<String>,
    pub provider: Option<String>,
    pub user_label: Option<String>,
    pub key_id: Option<KeyId>,
    pub endpoint: Option<String>,
    pub status: Option<String>,
    /// In the order they were asked for.
    pub tags: Vec<Option<String>>,
}

/// Which histograms a response needs; adding them up is most of the work of large sums. Only with all of them, it has
/// the measures that responses without details do not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Histograms {
    None = 0,
    Latency = 1,
    All = 2,
}

/// Sums of the calls that pass `filter`, one per group, in no order.
pub async fn summarize(
    database: &Database,
    filter: &UsageFilter,
    grouping: &Grouping,
    histograms: Histograms,
    cost: CostBasis,
) -> Result<Vec<Totals>, DbError> {
    let range = [moments(filter.range)];
    let mut query = MeasureParams::new(filter, grouping, &range, histograms);
    if query.cube.is_some() && filter.range.from.is_some() {
        query.source = Source::Latest;
    }
    if cost == CostBasis::Billed {
        let rows = database.query(query.statement(), &query.values()).await?;
        let sums = in_range(&rows, &query, filter.range, grouping)?;
        return Ok(known_groups(sums, filter, grouping));
    }
    let mut client = database.connection().await?;
    let transaction = client.begin_snapshot().await?;
    let rows = transaction.query(query.statement(), &query.values()).await?;
    let mut sums = in_range(&rows, &query, filter.range, grouping)?;
    cost::reprice(&transaction, &query, grouping, &mut sums).await?;
    transaction.commit().await?;
    Ok(known_groups(sums, filter, grouping))
}

/// The sums of the groups that have rows in the only bucket.
fn in_range(
    rows: &[Row],
    query: &MeasureParams,
    range: TimeRange,
    grouping: &Grouping,
) -> Result<Vec<(usize, Totals)>, DbError> {
    if query.source != Source::Latest {
        return Ok(totals(rows, grouping)?.into_iter().map(|totals| (0, totals)).collect());
    }
    let mut sums = pieces::in_buckets(rows, grouping)?;
    // All rows of the others were in what was subtracted. The database has no nanoseconds.
    let from = range.from.map(|from| from.trunc_subsecs(6));
    sums.retain(|(_, totals)| totals.measures.last_call_at >= from);
    Ok(sums)
}

/// The group of all calls even if it has none, but no groups whose calls have all moved to another status.
fn known_groups(sums: Vec<(usize, Totals)>, filter: &UsageFilter, grouping: &Grouping) -> Vec<Totals> {
    let mut sums: Vec<Totals> = sums.into_iter().map(|(_, totals)| totals).collect();
    if grouping.is_whole() && sums.is_empty() {
        return vec![Totals { group: Group::default(), measures: Measures::default() }];
    }
    let by_status = !grouping.is_whole() && (grouping.has(Dimension::Status) || filter.statuses.is_some());
    sums.retain(|totals| !(by_status && totals.measures.is_nothing()));
    sums
}

/// Sums of the calls that pass `filter` in each of `ranges`, which stand in for its own; all of one instant.
pub async fn sum_ranges<const N: usize>(
    database: &Database,
    filter: &UsageFilter,
    ranges: [TimeRange; N],
) -> Result<[Measures; N], DbError> {
    let buckets = ranges.map(moments);
    let query = MeasureParams::new(filter, &Grouping::default(), &buckets, Histograms::Latency);
    let mut sums = std::array::from_fn(|_| Measures::default());
    let rows = database.query(query.statement(), &query.values()).await?;
    let columns = rows.first().map(Columns::of);
    for (row, columns) in rows.iter().zip(columns.iter().cycle()) {
        let number =
            usize::try_from(row.get::<_, i64>("bucket")).ok().and_then(|number| number.checked_sub(1));
        let sum = number.and_then(|number| sums.get_mut(number));
        *sum.ok_or(DbError::Unexpected("an unknown bucket"))? = Measures::from_row(row, columns)?;
    }
    Ok(sums)
}

fn totals(rows: &[Row], grouping: &Grouping) -> Result<Vec<Totals>, DbError> {
    let columns = rows.first().map(Columns::of);
    let all = rows.iter().zip(columns.iter().cycle());
    all.map(|(row, columns)| {
        Ok(Totals { group: group(row, grouping), measures: Measures::from_row(row, columns)? })
    })
    .collect()
}

fn group(row: &Row, grouping: &Grouping) -> Group {
    let tags: Option<serde_json::Value> = row.get("tags");
    let tag = |name: &String| tags.as_ref().and_then(|tags| tags.get(name)?.as_str().map(str::to_owned));
    Group {
        model: row.get("model"),
        provider: row.get("provider"),
        user_label: row.get("user_label"),
        key_id: row.get::<_, Option<_>>("key_id").map(KeyId::from_uuid),
        endpoint: row.get("endpoint"),
        status: row.get("status"),
        tags: grouping.tags.iter().map(tag).collect(),
    }
}

/// The instants of a range as the database has them.
fn moments(range: TimeRange) -> (Moment, Moment) {
    (range.from.map_or(Moment::Past, Moment::At), range.to.map_or(Moment::Future, Moment::At))
}
