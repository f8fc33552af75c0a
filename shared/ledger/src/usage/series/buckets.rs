//! The buckets of a series, and their points.

use chrono::{DateTime, Utc};

use super::Point;
use crate::time::Moment;
use crate::usage::Measures;

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
