//! Sums over time: buckets of a time zone's calendar, the largest groups, and all others as one.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::money::PicoUsdSum;
use domain::queries::{CostBasis, Dimension, Grouping, Interval, UsageFilter};
use domain::words::Word;

use super::{Group, Histograms, MeasureParams, Measures, Totals, cost, totals};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};
use crate::time::Moment;
use crate::{Database, DbError};

const BUCKETS: Statement = statement!("usage/buckets.sql", [TIMESTAMPTZ, TIMESTAMPTZ, TEXT, TEXT]);
const TIME_ZONE: Statement =
    statement!("usage/time_zone", "select from pg_timezone_names where name = $1", [TEXT]);

pub(crate) const STATEMENTS: &[&Statement] = &[&BUCKETS, &TIME_ZONE];

/// Points of one response, all series together.
pub const MAX_POINTS: usize = 50_000;

/// A request for series. `from` and `to` are the ends of the filter's range.
#[derive(Debug, Clone)]
pub struct SeriesQuery<'a> {
    pub filter: &'a UsageFilter,
    pub grouping: &'a Grouping,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub interval: Interval,
    pub time_zone: &'a str,
    /// Groups that get a series of their own, the most expensive first; `None` is all.
    pub top: Option<usize>,
    pub histograms: Histograms,
    pub cost: CostBasis,
}

/// One group's points, one for each bucket.
#[derive(Debug, Clone)]
pub struct Series {
    /// `None` is all groups that have no series of their own.
    pub group: Option<Group>,
    pub points: Vec<Point>,
}

#[derive(Debug, Clone)]
pub struct Point {
    /// First instant of the bucket; the range may begin later.
    pub start: DateTime<Utc>,
    pub measures: Measures,
}

#[derive(Debug, thiserror::Error)]
pub enum SeriesError {
    #[error("the response would have about {points} points; the maximum is {MAX_POINTS}")]
    TooManyPoints { points: usize },
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Whether the database has a time zone of exactly that name. Its files also hold names that are not places: the
/// server's own zone, a placeholder, and copies of all zones with and without leap seconds.
pub async fn is_time_zone(database: &Database, name: &str) -> Result<bool, DbError> {
    if ["posixrules", "localtime", "Factory"].contains(&name)
        || name.starts_with("posix/")
        || name.starts_with("right/")
    {
        return Ok(false);
    }
    Ok(database.query_opt(&TIME_ZONE, &[&name]).await?.is_some())
}

/// One series per group, in one snapshot: those of the groups and that of the rest add up to the whole, exactly.
pub async fn series(database: &Database, query: &SeriesQuery<'_>) -> Result<Vec<Series>, SeriesError> {
    let starts = bucket_starts(database, query).await?;
    let mut client = database.connection().await?;
    let transaction = client.begin_snapshot().await?;
    let (groups, has_rest) = ranked(&transaction, query).await?;
    check_points((groups.len() + usize::from(has_rest)) * starts.len())?;
    let buckets = clipped(&starts, query.from, query.to);
    let mut series: Vec<Series> = groups
        .iter()
        .map(|group| Series { group: Some(group.clone()), points: empty_points(&starts) })
        .collect();
    if !groups.is_empty() {
        let at: HashMap<&Group, usize> = groups.iter().enumerate().map(|(at, group)| (group, at)).collect();
        let filter = narrowed(query.filter, query.grouping, &groups);
        let found = measure(&transaction, query, &filter, query.grouping, &buckets, query.histograms).await?;
        for (bucket, totals) in found {
            if let Some(index) = at.get(&totals.group) {
                place(&mut series[*index].points, bucket, totals.measures);
            }
        }
    }
    if has_rest {
        // Without groups, so that the smallest cube suffices.
        let mut rest = empty_points(&starts);
        let whole = Grouping::default();
        let all = measure(&transaction, query, query.filter, &whole, &buckets, query.histograms).await?;
        for (bucket, totals) in all {
            place(&mut rest, bucket, totals.measures);
        }
        for (at, point) in rest.iter_mut().enumerate() {
            for known in &series {
                point.measures = point.measures.without(&known.points[at].measures);
            }
        }
        series.push(Series { group: None, points: rest });
    }
    // Groups whose calls and corrections are all outside the range.
    series.retain(|series| {
        query.grouping.is_whole() || series.points.iter().any(|point| !point.measures.is_nothing())
    });
    transaction.commit().await?;
    Ok(series)
}

async fn bucket_starts(
    database: &Database,
    query: &SeriesQuery<'_>,
) -> Result<Vec<DateTime<Utc>>, SeriesError> {
    let length = query.to - query.from;
    let most = length.num_seconds() / query.interval.shortest().num_seconds();
    check_points(usize::try_from(most).unwrap_or_default())?;
    let rows = database
        .query(&BUCKETS, &[&query.from, &query.to, &query.time_zone, &query.interval.as_str()])
        .await?;
    Ok(rows.iter().map(|row| row.get("at")).collect())
}

fn check_points(points: usize) -> Result<(), SeriesError> {
    if points > MAX_POINTS { Err(SeriesError::TooManyPoints { points }) } else { Ok(()) }
}

/// The groups that get a series, the most expensive first, and whether there are others.
async fn ranked(
    transaction: &Transaction<'_>,
    query: &SeriesQuery<'_>,
) -> Result<(Vec<Group>, bool), DbError> {
    if query.grouping.is_whole() {
        let has_series = query.top != Some(0);
        return Ok((vec![Group::default(); usize::from(has_series)], !has_series));
    }
    let whole = [(Moment::At(query.from), Moment::At(query.to))];
    let mut all: Vec<Totals> =
        measure(transaction, query, query.filter, query.grouping, &whole, Histograms::None)
            .await?
            .into_iter()
            .map(|(_, totals)| totals)
            .collect();
    all.sort_by_cached_key(|totals| {
        let measures = &totals.measures;
        let cost = measures.cost.map_or(0, PicoUsdSum::as_pico);
        let tokens = measures.counts.input_tokens + measures.counts.output_tokens;
        // Groups without a call or correction in the range can come back with sums of 0; they must take no other's
        // place.
        (measures.is_nothing(), Reverse((cost, tokens, measures.counts.calls)), totals.group.clone())
    });
    let kept = query.top.unwrap_or(all.len()).min(all.len());
    let has_rest = kept < all.len();
    Ok((all.into_iter().take(kept).map(|totals| totals.group).collect(), has_rest))
}

/// The filter that leaves little but these groups, so that an index finds them.
fn narrowed(filter: &UsageFilter, grouping: &Grouping, groups: &[Group]) -> UsageFilter {
    fn only<T: Clone + Eq + std::hash::Hash>(
        groups: &[Group],
        of: impl Fn(&Group) -> Option<T>,
    ) -> Option<Vec<T>> {
        let values: Option<HashSet<T>> = groups.iter().map(of).collect();
        values.map(|values| values.into_iter().collect())
    }
    let mut narrow = filter.clone();
    if grouping.has(Dimension::UserLabel) {
        narrow.user_labels = only(groups, |group| group.user_label.clone());
    }
    if grouping.has(Dimension::Model) {
        narrow.models = only(groups, |group| group.model.clone());
    }
    if grouping.has(Dimension::Provider) {
        narrow.providers = only(groups, |group| group.provider.clone());
    }
    if grouping.has(Dimension::UserLabel) && grouping.has(Dimension::Model) {
        let pair = |group: &Group| group.user_label.clone().zip(group.model.clone());
        let pairs: Option<HashSet<(String, String)>> = groups.iter().map(pair).collect();
        narrow.pairs = pairs.map(|pairs| pairs.into_iter().unzip());
    }
    if grouping.has(Dimension::Key) {
        // Calls without a key are a group as well; then all keys are read.
        narrow.key_ids = only(groups, |group| group.key_id).or(narrow.key_ids);
    }
    narrow
}

async fn measure(
    transaction: &Transaction<'_>,
    query: &SeriesQuery<'_>,
    filter: &UsageFilter,
    grouping: &Grouping,
    buckets: &[(Moment, Moment)],
    histograms: Histograms,
) -> Result<Vec<(usize, Totals)>, DbError> {
    let mut params = MeasureParams::new(filter, grouping, buckets, histograms);
    params.is_series = true;
    if !query.filter.is_in_rollups(query.grouping) {
        params.cube = None;
    }
    let rows = transaction.query(params.statement(), &params.values()).await?;
    let sums: Result<Vec<(usize, Totals)>, DbError> = rows
        .iter()
        .map(|row| {
            let bucket = usize::try_from(row.get::<_, i64>("bucket") - 1).unwrap_or_default();
            Ok((bucket, totals(row, grouping)?))
        })
        .collect();
    let mut sums = sums?;
    if query.cost == CostBasis::Current {
        cost::reprice(transaction, &params, grouping, &mut sums).await?;
    }
    Ok(sums)
}

fn clipped(starts: &[DateTime<Utc>], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(Moment, Moment)> {
    let ends = starts.iter().skip(1).copied().chain([to]);
    starts.iter().zip(ends).map(|(start, end)| (Moment::At(from.max(*start)), Moment::At(end))).collect()
}

fn empty_points(starts: &[DateTime<Utc>]) -> Vec<Point> {
    starts.iter().map(|start| Point { start: *start, measures: Measures::default() }).collect()
}

fn place(points: &mut [Point], bucket: usize, measures: Measures) {
    if let Some(point) = points.get_mut(bucket) {
        point.measures = measures;
    }
}
