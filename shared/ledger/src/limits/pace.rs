//! The pace of limits: what their subjects used in the last four weeks, day by day.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{KeyId, LimitId};
use domain::limits::{HISTORY_DAYS, Limit, LimitSubject, Metric, Pace, PaceDays, PaceWindow, Period};
use domain::queries::{CostBasis, Dimension, Grouping, Interval, TimeRange, UsageFilter};

use crate::usage::{self, Group, Histograms, Point, SeriesError, SeriesQuery};
use crate::{Database, DbError};

/// Tags are in no rollup: their pace is read from single calls, but not from more than this.
const MAX_TAGGED_ROWS: u64 = 200_000;

/// The paces of those limits that have one: windows of days, weeks and months, of one subject each. Limits whose
/// subjects are of one kind, and whose days are the same, share one query.
pub async fn paces(database: &Database, limits: &[Limit]) -> Result<HashMap<LimitId, Pace>, DbError> {
    let now = usage::bounds(database).await?.now;
    let mut paces = HashMap::new();
    let mut batches: Vec<(Batch<'_>, Vec<&Limit>)> = Vec::new();
    for limit in limits {
        let Some(batch) = Batch::of(limit) else { continue };
        match batches.iter_mut().find(|(known, _)| *known == batch) {
            Some((_, members)) => members.push(limit),
            None => batches.push((batch, vec![limit])),
        }
    }
    for (batch, members) in &batches {
        let days = batch.days(database, members, now).await?;
        for limit in members {
            let history = days.get(&key_of(&limit.facts.subject)).cloned().unwrap_or_default();
            let window = PaceWindow {
                used: limit.usage.used,
                amount: limit.facts.amount,
                now,
                resets_at: batch.resets_at,
            };
            paces.insert(limit.id, history.of(limit.facts.metric).pace(&window));
        }
    }
    Ok(paces)
}

/// What one query for several limits has in common.
#[derive(PartialEq, Eq)]
struct Batch<'a> {
    dimension: Option<Dimension>,
    tag: Option<(&'a str, &'a str)>,
    time_zone: &'a str,
    resets_at: DateTime<Utc>,
}

/// The group of a subject within its batch: there is one group in those without a dimension.
fn key_of(subject: &LimitSubject) -> (Option<String>, Option<KeyId>) {
    match subject {
        LimitSubject::Label(label) => (Some(label.clone()), None),
        LimitSubject::Key(id) => (None, Some(*id)),
        LimitSubject::Global | LimitSubject::EachKey | LimitSubject::Tag(_) => (None, None),
    }
}

impl<'a> Batch<'a> {
    fn of(limit: &'a Limit) -> Option<Self> {
        let facts = &limit.facts;
        let has_days = matches!(facts.period, Period::Day | Period::Week | Period::Month);
        if facts.subject.is_each() || facts.metric == Metric::Concurrency || !has_days {
            return None;
        }
        let (dimension, tag) = match &facts.subject {
            LimitSubject::Label(_) => (Some(Dimension::UserLabel), None),
            LimitSubject::Key(_) => (Some(Dimension::Key), None),
            LimitSubject::Tag(tag) => (None, Some(tag.split_once('=')?)),
            LimitSubject::Global | LimitSubject::EachKey => (None, None),
        };
        Some(Self { dimension, tag, time_zone: &facts.time_zone, resets_at: limit.resets_at? })
    }

    fn filter(&self, limits: &[&Limit]) -> UsageFilter {
        let subjects = || limits.iter().map(|limit| &limit.facts.subject);
        let labels = subjects().filter_map(|subject| key_of(subject).0).collect();
        let keys = subjects().filter_map(|subject| key_of(subject).1).collect();
        UsageFilter {
            user_labels: (self.dimension == Some(Dimension::UserLabel)).then_some(labels),
            key_ids: (self.dimension == Some(Dimension::Key)).then_some(keys),
            tags: self
                .tag
                .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
                .into_iter()
                .collect(),
            ..UsageFilter::default()
        }
    }

    /// The days of each subject. None for those without a call.
    async fn days(
        &self,
        database: &Database,
        limits: &[&Limit],
        now: DateTime<Utc>,
    ) -> Result<HashMap<(Option<String>, Option<KeyId>), Days>, DbError> {
        let history = i64::try_from(HISTORY_DAYS).unwrap_or(i64::MAX);
        // One day more: it is cut off at a time of day, and left out below.
        let (from, to) = (now - TimeDelta::days(history + 1), self.resets_at + TimeDelta::days(1));
        let range = TimeRange { from: Some(quarter(from)), to: Some(to) };
        if self.tag.is_some() && usage::estimate_rows(database, range).await? > MAX_TAGGED_ROWS {
            return Ok(HashMap::new());
        }
        let filter = UsageFilter { range, ..self.filter(limits) };
        let grouping = Grouping { dimensions: self.dimension.into_iter().collect(), tags: Vec::new() };
        let query = SeriesQuery {
            filter: &filter,
            grouping: &grouping,
            from: quarter(from),
            to,
            interval: Interval::Day,
            time_zone: self.time_zone,
            top: None,
            histograms: Histograms::None,
            cost: CostBasis::Billed,
        };
        let series = match usage::series(database, &query).await {
            Ok(series) => series,
            Err(SeriesError::Db(error)) => return Err(error),
            // 200 limits of a month have 12,000 points.
            Err(SeriesError::TooManyPoints { .. }) => return Ok(HashMap::new()),
        };
        let group =
            |group: Option<Group>| group.map(|group| (group.user_label, group.key_id)).unwrap_or_default();
        Ok(series
            .into_iter()
            .map(|series| (group(series.group), Days { points: series.points, now }))
            .collect())
    }
}

/// Rounded down to where rollups begin: before retention, single calls are gone.
fn quarter(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp() / 900 * 900, 0).unwrap_or(at)
}

#[derive(Clone, Default)]
struct Days {
    points: Vec<Point>,
    now: DateTime<Utc>,
}

impl Days {
    fn of(&self, metric: Metric) -> PaceDays {
        let today = self.points.partition_point(|point| point.start <= self.now).saturating_sub(1);
        let (before, coming) = self.points.split_at(today);
        let first = before.len().saturating_sub(HISTORY_DAYS);
        let history = before.iter().skip(first).skip_while(|point| point.measures.counts.calls == 0);
        PaceDays {
            history: history.map(|point| used(point, metric)).collect(),
            starts: coming.iter().map(|point| point.start).collect(),
        }
    }
}

fn used(point: &Point, metric: Metric) -> i64 {
    let measures = &point.measures;
    match metric {
        Metric::Requests | Metric::Concurrency => measures.counts.calls,
        Metric::Tokens => measures.counts.input_tokens.saturating_add(measures.counts.output_tokens),
        Metric::Usd => measures.cost.map_or(0, |cost| i64::try_from(cost.as_pico()).unwrap_or(i64::MAX)),
    }
}
