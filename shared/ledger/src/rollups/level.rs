//! The levels and cubes of `usage_rollups`, by name.

use domain::queries::RollupCube;

/// How long the buckets of a level are, and which finer level it is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub number: i16,
    pub finer: i16,
    pub unit: &'static str,
}

pub(super) const QUARTERS: Level = Level { number: 4, finer: 4, unit: "minute" };
pub(super) const HOURS: Level = Level { number: 3, finer: 4, unit: "hour" };
pub(super) const DAYS: Level = Level { number: 2, finer: 3, unit: "day" };
pub(super) const MONTHS: Level = Level { number: 1, finer: 2, unit: "month" };
pub(super) const ALL_TIME: Level = Level { number: 0, finer: 1, unit: "month" };

/// Of the spans of `usage_spans`: those that only single ledger rows can answer.
const LEDGER_ROWS: i16 = 9;

pub(super) const FINEST_CUBE: i16 = RollupCube::All as i16;
const LABEL_CUBE: i16 = RollupCube::Label as i16;
const MODEL_CUBE: i16 = RollupCube::Model as i16;
const WHOLE_CUBE: i16 = RollupCube::Whole as i16;
/// Sums of the finest.
const COARSER: &[i16] = &[LABEL_CUBE, MODEL_CUBE, WHOLE_CUBE];
const ALL_CUBES: &[i16] = &[FINEST_CUBE, LABEL_CUBE, MODEL_CUBE, WHOLE_CUBE];

/// Names for statements.
pub(super) fn numbers() -> [(&'static str, String); 10] {
    [
        ("quarter_level", QUARTERS.number),
        ("hour_level", HOURS.number),
        ("day_level", DAYS.number),
        ("month_level", MONTHS.number),
        ("all_time_level", ALL_TIME.number),
        ("ledger_rows", LEDGER_ROWS),
        ("finest_cube", FINEST_CUBE),
        ("label_cube", LABEL_CUBE),
        ("model_cube", MODEL_CUBE),
        ("whole_cube", WHOLE_CUBE),
    ]
    .map(|(name, number)| (name, number.to_string()))
}

/// Differences that a comparison may find, and so removes before it looks again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared {
    pub levels: &'static [i16],
    pub cubes: &'static [i16],
}

impl Compared {
    /// Quarters of an hour with the ledger.
    pub(super) const LEDGER: Self = Self { levels: &[QUARTERS.number], cubes: &[FINEST_CUBE] };
    /// Quarters of an hour with the finest of them.
    pub(super) const QUARTERS: Self = Self { levels: &[QUARTERS.number], cubes: COARSER };
    pub(super) const MONTHS: Self = Self { levels: &[MONTHS.number], cubes: ALL_CUBES };
    pub(super) const ALL_TIME: Self = Self { levels: &[ALL_TIME.number], cubes: ALL_CUBES };
    /// All levels that a day is whole buckets of.
    pub(super) const WITHIN_DAY: Self =
        Self { levels: &[DAYS.number, HOURS.number, QUARTERS.number], cubes: ALL_CUBES };

    pub(super) const fn of(level: &Level) -> Self {
        match level.number {
            0 => Self::ALL_TIME,
            1 => Self::MONTHS,
            2 => Self { levels: &[DAYS.number], cubes: ALL_CUBES },
            3 => Self { levels: &[HOURS.number], cubes: ALL_CUBES },
            _ => Self::QUARTERS,
        }
    }
}
