//! How sums are grouped.

use domain::names::{TAG_NAME_RULE, is_tag_name};
use domain::queries::{Dimension, Grouping, Measure};
use domain::words::Word;
use ledger::usage::Histograms;
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::IntoParams;
use web::Request;
use web::values::schemas;

use super::MAX_TAGS;
use crate::sums::ShownMeasures;

/// The word for a single group of all calls.
const NO_GROUPS: &str = "none";

/// How sums are grouped, and how much is reported of each group.
#[derive(Debug, serde::Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SumParams {
    /// Comma-separated list of `model`, `provider`, `user_label`, `key`, `endpoint`, `status` and `tag.<name>`; default
    /// `model,user_label`. `none`: all calls as one group, also if there are none
    #[param(inline, value_type = Option<GroupBy>)]
    group_by: Option<GroupBy>,
    /// Adds percentiles, error rate and retries; default false
    details: Option<bool>,
    /// Comma-separated list of the fields to return for each group, such as `calls,cost_usd`; default all. Without the
    /// percentiles, no histograms are read
    #[param(inline, value_type = Option<MeasureList>)]
    measures: Option<MeasureList>,
}

impl Request for SumParams {}

impl SumParams {
    pub(crate) fn into_request(self) -> SumRequest {
        let default =
            || Grouping { dimensions: vec![Dimension::Model, Dimension::UserLabel], tags: Vec::new() };
        SumRequest {
            grouping: self.group_by.map_or_else(default, |group_by| group_by.0),
            shown: self.measures.map(|measures| measures.0).unwrap_or_default(),
            with_details: self.details.unwrap_or_default(),
        }
    }
}

/// What is to be summed and shown.
#[derive(Debug)]
pub(crate) struct SumRequest {
    pub grouping: Grouping,
    pub shown: ShownMeasures,
    pub with_details: bool,
}

impl SumRequest {
    pub(crate) fn histograms(&self) -> Histograms {
        let has_percentile =
            self.shown.0.iter().any(|measure| matches!(measure, Measure::LatencyP50 | Measure::LatencyP95));
        match (self.with_details, has_percentile) {
            (true, _) => Histograms::All,
            (false, true) => Histograms::Latency,
            (false, false) => Histograms::None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct MeasureList(ShownMeasures);

web::schema!(MeasureList, {
    let name = Measure::words().join("|");
    schemas::pattern(&format!(r"^(?!(.*,)?([^,]+),(.*,)?\2(,|$))({name})(,({name}))*$"))
});

impl<'de> Deserialize<'de> for MeasureList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_measures(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

fn parse_measures(text: &str) -> Result<ShownMeasures, String> {
    let mut named = Vec::new();
    for name in text.split(',').map(str::trim) {
        match Measure::from_word(name) {
            Some(measure) if named.contains(&measure) => return Err(format!("contains '{name}' twice")),
            Some(measure) => named.push(measure),
            None => {
                let words = Measure::words().join(", ");
                return Err(format!("must be a comma-separated list of {words}; got '{name}'"));
            }
        }
    }
    Ok(ShownMeasures(named.into()))
}

#[derive(Debug)]
pub(crate) struct GroupBy(Grouping);

web::schema!(GroupBy, {
    let name = r"(model|provider|user_label|key|endpoint|status|tag\.[!-+.-<>-~-]{1,64})";
    schemas::pattern(&format!(r"^(?!(.*,)?([^,]+),(.*,)?\2(,|$))(none|{name}(,{name})*)$"))
});

impl<'de> Deserialize<'de> for GroupBy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_grouping(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

fn parse_grouping(text: &str) -> Result<Grouping, String> {
    let mut grouping = Grouping::default();
    if text.trim() == NO_GROUPS {
        return Ok(grouping);
    }
    for name in text.split(',').map(str::trim) {
        let dimension = Dimension::from_word(name);
        match (dimension, name.strip_prefix("tag.")) {
            (Some(dimension), _) if !grouping.dimensions.contains(&dimension) => {
                grouping.dimensions.push(dimension);
            }
            (None, Some(tag)) if is_tag_name(tag) && !grouping.tags.iter().any(|known| known == tag) => {
                grouping.tags.push(tag.to_owned());
            }
            (None, Some(tag)) if !tag.is_empty() && !is_tag_name(tag) => {
                return Err(format!(
                    "contains a tag whose name {}",
                    TAG_NAME_RULE.replacen("must be", "is not", 1)
                ));
            }
            (None, None | Some("")) => {
                return Err(format!(
                    "must be none, or a comma-separated list of model, provider, user_label, key, endpoint, status and tag.<name>; got '{name}'"
                ));
            }
            _ => return Err(format!("contains '{name}' twice")),
        }
    }
    if grouping.tags.len() > MAX_TAGS {
        return Err(format!("must name at most {MAX_TAGS} tags"));
    }
    Ok(grouping)
}
