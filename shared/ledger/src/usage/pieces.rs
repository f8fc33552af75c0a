//! Buckets that are put together from pieces: rows that are added to one and subtracted from another.

use std::collections::HashMap;

use domain::queries::Grouping;
use tokio_postgres::Row;

use super::{Group, Measures, Totals, totals};
use crate::DbError;

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
