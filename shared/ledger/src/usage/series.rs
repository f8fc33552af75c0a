//! Sums over time: buckets of a time zone's calendar, the largest groups, and all others as one.

mod buckets;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::money::PicoUsdSum;
use domain::queries::{CostBasis, Dimension, Grouping, Interval, UsageFilter};
use domain::words::Word;
use futures_util::future::try_join;

use self::buckets::{clipped, empty_points, place};
use super::params::{MeasureParams, Shown};
use super::pieces::in_buckets;
use super::sources::Source;
use super::{Group, Histograms, Measures, Totals, cost};
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

/// Groups that are found by pairs of label and model.
const MAX_PAIRS: usize = 100;

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
    let whole = Grouping::default();
    let of_groups = async {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let filter = narrowed(query.filter, query.grouping, &groups);
        let params = MeasureParams::new(&filter, query.grouping, &buckets, query.histograms);
        measure(&transaction, query, params, query.grouping).await
    };
    let of_all = async {
        if !has_rest {
            return Ok(Vec::new());
        }
        // Without groups, so that the smallest cube suffices.
        let params = MeasureParams::new(query.filter, &whole, &buckets, query.histograms);
        measure(&transaction, query, params, &whole).await
    };
    // The server adds up the second while the points of the first are read.
    let (of_groups, of_all) = try_join(of_groups, of_all).await?;
    let at: HashMap<&Group, usize> = groups.iter().enumerate().map(|(at, group)| (group, at)).collect();
    for (bucket, totals) in of_groups {
        if let Some(index) = at.get(&totals.group) {
            place(&mut series[*index].points, bucket, totals.measures);
        }
    }
    if has_rest {
        let mut rest = empty_points(&starts);
        for (bucket, totals) in of_all {
            place(&mut rest, bucket, totals.measures);
        }
        for (at, point) in rest.iter_mut().enumerate() {
            for known in &series {
                point.measures.subtract(&known.points[at].measures);
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
    // No table, so one plan is as good as another; making it takes longer than running it.
    let rows = database
        .query_hot_rows(&BUCKETS, &[&query.from, &query.to, &query.time_zone, &query.interval.as_str()])
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
    let mut all = measure_whole(transaction, query, Shown::Ranking).await?;
    all.sort_by_cached_key(|totals| (Reverse(size(totals)), totals.group.clone()));
    let kept = query.top.unwrap_or(all.len()).min(all.len());
    let has_rest = kept < all.len();
    // Groups without a call or correction in the range can come back with sums of 0; they must take no other's place.
    // Which of these are such groups, only all measures say.
    if has_rest && kept > 0 && size(&all[kept - 1]) <= (0, 0, 0) {
        all = measure_whole(transaction, query, Shown::All).await?;
        all.sort_by_cached_key(|totals| {
            (totals.measures.is_nothing(), Reverse(size(totals)), totals.group.clone())
        });
    }
    Ok((all.into_iter().take(kept).map(|totals| totals.group).collect(), has_rest))
}

/// Each group over the whole range.
async fn measure_whole(
    transaction: &Transaction<'_>,
    query: &SeriesQuery<'_>,
    shown: Shown,
) -> Result<Vec<Totals>, DbError> {
    let range = [(Moment::At(query.from), Moment::At(query.to))];
    let mut params = MeasureParams::new(query.filter, query.grouping, &range, Histograms::None);
    params.shown = shown;
    let sums = measure(transaction, query, params, query.grouping).await?;
    Ok(sums.into_iter().map(|(_, totals)| totals).collect())
}

/// By what groups are ranked: cost, tokens, calls.
fn size(totals: &Totals) -> (i128, i64, i64) {
    let counts = &totals.measures.counts;
    let cost = totals.measures.cost.map_or(0, PicoUsdSum::as_pico);
    (cost, counts.input_tokens + counts.output_tokens, counts.calls)
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
    // Each pair is looked for in each piece of a bucket; with many, reading all their labels and models is faster.
    if grouping.has(Dimension::UserLabel) && grouping.has(Dimension::Model) && groups.len() <= MAX_PAIRS {
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
    mut params: MeasureParams,
    grouping: &Grouping,
) -> Result<Vec<(usize, Totals)>, DbError> {
    params.source = if params.pair_labels.is_some() { Source::SeriesOfPairs } else { Source::Series };
    if !query.filter.is_in_rollups(query.grouping) {
        params.cube = None;
    }
    let rows = transaction.query(params.statement(), &params.values()).await?;
    let mut sums = in_buckets(&rows, grouping)?;
    if query.cost == CostBasis::Current {
        cost::reprice(transaction, &params, grouping, &mut sums).await?;
    }
    Ok(sums)
}
