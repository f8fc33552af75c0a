//! The statements that add up measures, and their parameters.

use std::sync::LazyLock;

use domain::queries::{Grouping, UsageFilter};
use domain::words::Word;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::Histograms;
use crate::statement::{Statement, Text, expand, statement};
use crate::time::Moment;

const MEASURES_TEMPLATE: &str = include_str!("measures.sql");
const MEASURES: Statement = statement!(template "usage/measures.sql", MEASURES_TYPES);
const MEASURES_BRIEF: Statement = Statement {
    name: "usage/measures_brief",
    text: Text::Template(|| {
        static SQL: LazyLock<String> = LazyLock::new(|| expand(&with_lists("brief")));
        &SQL
    }),
    types: MEASURES_TYPES,
};
const MEASURES_RANKING: Statement = Statement {
    name: "usage/measures_ranking",
    text: Text::Template(|| {
        static SQL: LazyLock<String> = LazyLock::new(|| expand(&with_lists("ranking")));
        &SQL
    }),
    types: MEASURES_TYPES,
};
const MEASURES_OF_CALLS: Statement = statement!(template "usage/measures_of_calls.sql", MEASURES_TYPES);

pub(super) const STATEMENTS: &[&Statement] =
    &[&MEASURES, &MEASURES_BRIEF, &MEASURES_RANKING, &MEASURES_OF_CALLS];

const MEASURES_TYPES: &[Type] = &[
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::UUID_ARRAY,
    Type::JSONB,
    Type::INT2,
    Type::INT2,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::BOOL,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
];

/// Which measures a statement adds up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shown {
    All,
    /// Those that responses without details show.
    Brief,
    /// Those that say which groups are the largest.
    Ranking,
}

/// `measures.sql` with shorter lists of measures.
fn with_lists(kind: &str) -> String {
    let lists = ["measures", "measures_needed", "sums_sent"];
    lists.iter().fold(MEASURES_TEMPLATE.to_owned(), |sql, list| {
        sql.replace(&format!("{{{list}}}"), &format!("{{{kind}_{list}}}"))
    })
}

/// The parameters of `measures.sql` and `measures_of_calls.sql`.
pub(super) struct MeasureParams {
    pub(super) dimensions: Vec<&'static str>,
    pub(super) tags: Vec<String>,
    pub(super) starts: Vec<Moment>,
    pub(super) ends: Vec<Moment>,
    pub(super) user_labels: Option<Vec<String>>,
    pub(super) models: Option<Vec<String>>,
    pub(super) key_ids: Option<Vec<Uuid>>,
    pub(super) wanted_tags: Option<serde_json::Value>,
    pub(super) cube: Option<i16>,
    pub(super) histograms: i16,
    pub(super) pair_labels: Option<Vec<String>>,
    pub(super) pair_models: Option<Vec<String>>,
    pub(super) is_series: bool,
    pub(super) statuses: Option<Vec<String>>,
    pub(super) endpoints: Option<Vec<String>>,
    pub(super) providers: Option<Vec<String>>,
    pub(super) shown: Shown,
}

impl MeasureParams {
    pub(super) fn new(
        filter: &UsageFilter,
        grouping: &Grouping,
        buckets: &[(Moment, Moment)],
        histograms: Histograms,
    ) -> Self {
        Self {
            dimensions: grouping.dimensions.iter().map(|dimension| dimension.as_str()).collect(),
            tags: grouping.tags.clone(),
            starts: buckets.iter().map(|bucket| bucket.0).collect(),
            ends: buckets.iter().map(|bucket| bucket.1).collect(),
            user_labels: filter.user_labels.clone(),
            models: filter.models.clone(),
            key_ids: filter.key_uuids(),
            wanted_tags: filter.wanted_tags(),
            cube: filter.cube(grouping).map(|cube| cube as i16),
            histograms: histograms as i16,
            pair_labels: filter.pairs.as_ref().map(|pairs| pairs.0.clone()),
            pair_models: filter.pairs.as_ref().map(|pairs| pairs.1.clone()),
            is_series: false,
            statuses: filter.statuses.clone(),
            endpoints: filter.endpoints.clone(),
            providers: filter.providers.clone(),
            shown: match histograms {
                Histograms::All => Shown::All,
                Histograms::None | Histograms::Latency => Shown::Brief,
            },
        }
    }

    pub(super) fn statement(&self) -> &'static Statement {
        match (self.cube, self.shown) {
            (None, _) => &MEASURES_OF_CALLS,
            (Some(_), Shown::All) => &MEASURES,
            (Some(_), Shown::Brief) => &MEASURES_BRIEF,
            (Some(_), Shown::Ranking) => &MEASURES_RANKING,
        }
    }

    pub(super) fn values(&self) -> [&(dyn ToSql + Sync); 16] {
        [
            &self.dimensions,
            &self.tags,
            &self.starts,
            &self.ends,
            &self.user_labels,
            &self.models,
            &self.key_ids,
            &self.wanted_tags,
            &self.cube,
            &self.histograms,
            &self.pair_labels,
            &self.pair_models,
            &self.is_series,
            &self.statuses,
            &self.endpoints,
            &self.providers,
        ]
    }
}
