//! Rollups of every level and cube, with the sums of the rows that the ledger would have.

use std::collections::BTreeMap;

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use domain::queries::RollupCube;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use super::Filled;
use super::copy::{CopySink, POSTGRES_EPOCH_MICROS, bytes, int2, int8, optional, text};
use super::generator::{RowGenerator, key_of, labels, model};
use super::schedule::{Hour, Month};
use super::sums::{COLUMN_COUNT, COLUMNS, Groups, Sums};

/// Minus infinity, in Postgres.
const ALL_TIME: i64 = i64::MIN;
const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// The levels of `usage_rollups`.
#[derive(Clone, Copy)]
enum Level {
    AllTime = 0,
    Month = 1,
    Day = 2,
    Hour = 3,
    Quarter = 4,
}

/// Fills the buckets of a month and adds its sums to `whole`.
pub(super) async fn load(
    client: &Client,
    month: &Month,
    mut generator: RowGenerator,
    filled: &Filled,
    whole: &Mutex<Groups>,
) -> anyhow::Result<()> {
    let mut sink = RollupSink::open(client).await?;
    let (mut of_month, mut of_day) = (Groups::new(), Groups::new());
    for (at, Hour { starts_at, rows }) in month.hours.iter().enumerate() {
        let mut quarters: [Groups; 4] = Default::default();
        for index in 0..*rows {
            let row = generator.row(*starts_at, index, *rows);
            let since = row.created_at_micros - starts_at.timestamp_micros();
            let quarter =
                usize::try_from(since / QUARTER.num_microseconds().unwrap_or(1)).unwrap_or_default();
            if let Some(groups) = quarters.get_mut(quarter) {
                add(groups, row.group, &Sums::of(&row));
            }
        }
        let mut of_hour = Groups::new();
        for (quarter, groups) in (0..).zip(&quarters) {
            sink.send(Level::Quarter, *starts_at + QUARTER * quarter, groups).await?;
            add_all(&mut of_hour, groups);
        }
        sink.send(Level::Hour, *starts_at, &of_hour).await?;
        add_all(&mut of_day, &of_hour);
        let day = starts_at.date_naive();
        if month.hours.get(at + 1).is_none_or(|next| next.starts_at.date_naive() != day) {
            let starts_at = starts_at.duration_trunc(TimeDelta::days(1))?;
            sink.send(Level::Day, starts_at, &of_day).await?;
            add_all(&mut of_month, &std::mem::take(&mut of_day));
        }
        filled.add(*rows).await;
    }
    sink.send(Level::Month, month.from, &of_month).await?;
    sink.copy.finish().await?;
    add_all(&mut *whole.lock().await, &of_month);
    Ok(())
}

/// Fills the buckets of all time, and records that all hours before `until` are sealed and their calls dropped.
pub(super) async fn finish(client: &Client, whole: &Groups, until: DateTime<Utc>) -> anyhow::Result<()> {
    let mut sink = RollupSink::open(client).await?;
    sink.send(Level::AllTime, DateTime::<Utc>::MIN_UTC, whole).await?;
    sink.copy.finish().await?;
    let sealed_until = until.duration_trunc(TimeDelta::hours(1))?.to_rfc3339();
    let columns = ["sealing_until", "sealed_until", "dropped_until", "checked_until"];
    let marks = columns.map(|column| format!("{column} = '{sealed_until}'")).join(", ");
    Ok(client.batch_execute(&format!("update usage_rollup_state set {marks}")).await?)
}

fn add(groups: &mut Groups, group: (usize, usize), sums: &Sums) {
    groups.entry(group).and_modify(|known| known.add(sums)).or_insert_with(|| sums.clone());
}

fn add_all(groups: &mut Groups, others: &Groups) {
    for (group, sums) in others {
        add(groups, *group, sums);
    }
}

/// Rows on their way into `usage_rollups`.
struct RollupSink {
    copy: CopySink,
    labels: Vec<String>,
}

impl RollupSink {
    async fn open(client: &Client) -> anyhow::Result<Self> {
        let copy = format!(
            "copy usage_rollups (level, cube, bucket_at, user_label, model, key_id, {COLUMNS})
            from stdin with (format binary)"
        );
        Ok(Self { copy: CopySink::new(client.copy_in(&copy).await?), labels: labels() })
    }

    /// Sends a bucket: its groups, and what their labels, their models and all of them add up to.
    async fn send(&mut self, level: Level, bucket_at: DateTime<Utc>, groups: &Groups) -> anyhow::Result<()> {
        let mut cubes: BTreeMap<(Option<usize>, Option<usize>), Sums> = BTreeMap::new();
        for (&(label, model), sums) in groups {
            for cube in [(Some(label), Some(model)), (Some(label), None), (None, Some(model)), (None, None)] {
                cubes.entry(cube).and_modify(|known| known.add(sums)).or_insert_with(|| sums.clone());
            }
        }
        let bucket_at = match level {
            Level::AllTime => ALL_TIME,
            _ => bucket_at.timestamp_micros() - POSTGRES_EPOCH_MICROS,
        };
        for ((label, model_number), sums) in cubes {
            let cube = match (label, model_number) {
                (Some(_), Some(_)) => RollupCube::All,
                (Some(_), None) => RollupCube::Label,
                (None, Some(_)) => RollupCube::Model,
                (None, None) => RollupCube::Whole,
            };
            let label_name = label.and_then(|label| self.labels.get(label));
            let key_id = label.filter(|_| cube == RollupCube::All).map(key_of);
            let put = |out: &mut BytesMut| {
                out.put_i16(6 + COLUMN_COUNT);
                int2(out, level as i16);
                int2(out, cube as i16);
                int8(out, bucket_at);
                optional(out, label_name, |out, name| text(out, name));
                optional(out, model_number.map(model), text);
                optional(out, key_id, |out, id| bytes(out, &id));
                sums.put(out);
            };
            self.copy.send(put).await?;
        }
        Ok(())
    }
}
