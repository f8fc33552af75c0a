//! The buckets of a series: their ends, and what the pieces that they are put together from add up to.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::queries::Grouping;
use tokio_postgres::Row;

use super::Point;
use crate::DbError;
use crate::time::Moment;
use crate::usage::{Group, Measures, Totals, totals};

/// What the pieces in `rows` add up to in each bucket, for each group.
pub(super) fn in_buckets(rows: &[Row], grouping: &Grouping) -> Result<Vec<(usize, Totals)>, DbError> {
    let pieces = totals(rows, grouping)?;
    let mut sums: HashMap<(usize, &Group), Measures> = HashMap::new();
    let mut subtracted = Vec::new();
    for (row, Totals { group, measures }) in rows.iter().zip(&pieces) {
        let bucket = bucket_of(row, "bucket");
        let other = bucket_of(row, "other_bucket");
        let (more, less) = if row.get::<_, i16>("sign") > 0 { (bucket, other) } else { (other, bucket) };
        subtracted.extend(less.map(|less| ((less, group), measures)));
        if let Some(more) = more {
            sums.entry((more, group)).or_default().add(measures);
        }
    }
    // What is subtracted is part of what was added.
    for (place, measures) in subtracted {
        sums.entry(place).or_default().subtract(measures);
    }
    let sums = sums.into_iter();
    Ok(sums.map(|((bucket, group), measures)| (bucket, Totals { group: group.clone(), measures })).collect())
}

/// From 0.
fn bucket_of(row: &Row, column: &str) -> Option<usize> {
    row.get::<_, Option<i64>>(column).and_then(|number| usize::try_from(number - 1).ok())
}

pub(super) fn clipped(
    starts: &[DateTime<Utc>],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<(Moment, Moment)> {
    let ends = starts.iter().skip(1).copied().chain([to]);
    starts.iter().zip(ends).map(|(start, end)| (Moment::At(from.max(*start)), Moment::At(end))).collect()
}

pub(super) fn empty_points(starts: &[DateTime<Utc>]) -> Vec<Point> {
    starts.iter().map(|start| Point { start: *start, measures: Measures::default() }).collect()
}

pub(super) fn place(points: &mut [Point], bucket: usize, measures: Measures) {
    if let Some(point) = points.get_mut(bucket) {
        point.measures = measures;
    }
}
