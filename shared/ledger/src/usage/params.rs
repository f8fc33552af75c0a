//! The statements that add up measures, and their parameters.

use std::sync::LazyLock;

use domain::queries::{Grouping, UsageFilter};
use domain::words::Word;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::Histograms;
use super::sources::Source;
use crate::statement::{Statement, Text, expand, statement};
use crate::time::Moment;

/// `measures.sql` for a source, with the lists of a kind of measures.
macro_rules! measures {
    ($name:literal, $source:ident, $shown:ident) => {
        Statement {
            name: $name,
            text: Text::Template(|| {
                static SQL: LazyLock<String> =
                    LazyLock::new(|| expand(&text(Source::$source, Shown::$shown)));
                &SQL
            }),
            types: MEASURES_TYPES,
        }
    };
}

const MEASURES: Statement = measures!("usage/measures.sql", Ranges, All);
const MEASURES_BRIEF: Statement = measures!("usage/measures_brief", Ranges, Brief);
const LATEST: Statement = measures!("usage/latest", Latest, All);
const LATEST_BRIEF: Statement = measures!("usage/latest_brief", Latest, Brief);
const SERIES: Statement = measures!("usage/series", Series, All);
const SERIES_BRIEF: Statement = measures!("usage/series_brief", Series, Brief);
const SERIES_RANKING: Statement = measures!("usage/series_ranking", Series, Ranking);
const PAIRS: Statement = measures!("usage/pairs", SeriesOfPairs, All);
const PAIRS_BRIEF: Statement = measures!("usage/pairs_brief", SeriesOfPairs, Brief);
const MEASURES_OF_CALLS: Statement = statement!(template "usage/measures_of_calls.sql", MEASURES_TYPES);

pub(super) const STATEMENTS: &[&Statement] = &[
    &MEASURES,
    &MEASURES_BRIEF,
    &LATEST,
    &LATEST_BRIEF,
    &SERIES,
    &SERIES_BRIEF,
    &SERIES_RANKING,
    &PAIRS,
    &PAIRS_BRIEF,
    &MEASURES_OF_CALLS,
];

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

fn text(source: Source, shown: Shown) -> String {
    let kind = match shown {
        Shown::All => "",
        Shown::Brief => "brief_",
        Shown::Ranking => "ranking_",
    };
    let lists = ["measures", "measures_needed", "sums_sent"];
    lists.iter().fold(source.complete(include_str!("measures.sql")), |sql, list| {
        sql.replace(&format!("{{{list}}}"), &format!("{{{kind}{list}}}"))
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
    pub(super) statuses: Option<Vec<String>>,
    pub(super) endpoints: Option<Vec<String>>,
    pub(super) providers: Option<Vec<String>>,
    pub(super) shown: Shown,
    pub(super) source: Source,
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
            statuses: filter.statuses.clone(),
            endpoints: filter.endpoints.clone(),
            providers: filter.providers.clone(),
            source: Source::Ranges,
            shown: match histograms {
                Histograms::All => Shown::All,
                Histograms::None | Histograms::Latency => Shown::Brief,
            },
        }
    }

    pub(super) fn statement(&self) -> &'static Statement {
        if self.cube.is_none() {
            return &MEASURES_OF_CALLS;
        }
        match (self.source, self.shown) {
            (Source::Ranges, Shown::All) => &MEASURES,
            (Source::Ranges, Shown::Brief | Shown::Ranking) => &MEASURES_BRIEF,
            (Source::Latest, Shown::All) => &LATEST,
            (Source::Latest, Shown::Brief | Shown::Ranking) => &LATEST_BRIEF,
            (Source::Series | Source::SeriesOfPairs, Shown::Ranking) => &SERIES_RANKING,
            (Source::Series, Shown::All) => &SERIES,
            (Source::Series, Shown::Brief) => &SERIES_BRIEF,
            (Source::SeriesOfPairs, Shown::All) => &PAIRS,
            (Source::SeriesOfPairs, Shown::Brief) => &PAIRS_BRIEF,
        }
    }

    pub(super) fn values(&self) -> [&(dyn ToSql + Sync); 15] {
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
            &self.statuses,
            &self.endpoints,
            &self.providers,
        ]
    }
}
