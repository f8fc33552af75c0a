//! Query parameters of the usage endpoints, parsed once. Each endpoint names those it takes.

use chrono::{DateTime, Datelike};
use domain::keys::Caller;
use domain::queries::{CostBasis, Dimension, Grouping, Interval, UsageFilter};
use ledger::usage::Cursor;
use web::{ApiError, FieldError, parse_instant};

const MAX_TAGS: usize = 8;
const MAX_PAGE: i64 = 200;
const MAX_TOP: usize = 1000;
const STATUSES: [&str; 4] = ["settled", "estimated", "failed", "abandoned"];

/// Pairs of a query string, or why it cannot be read.
pub(crate) type Pairs =
    Result<axum::extract::Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Ndjson,
}

/// Everything the usage endpoints can be asked; each takes the part it names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub filter: UsageFilter,
    pub cost: Option<CostBasis>,
    pub grouping: Option<Grouping>,
    pub with_details: Option<bool>,
    pub interval: Option<Interval>,
    pub time_zone: Option<String>,
    pub top: Option<usize>,
    pub limit: Option<i64>,
    pub cursor: Option<Cursor>,
    pub format: Option<Format>,
}

impl Question {
    /// By model and label, where nothing else is asked.
    pub(crate) fn grouping(&self) -> Grouping {
        let default =
            || Grouping { dimensions: vec![Dimension::Model, Dimension::UserLabel], tags: Vec::new() };
        self.grouping.clone().unwrap_or_else(default)
    }
}

/// Reads all parameters and names every one that is wrong. Filters by label, model, key, tag and range are taken
/// everywhere, others where `taken` names them. A caller bound to a label reads only that.
pub(crate) fn parse(pairs: Pairs, caller: &Caller, taken: &[&str]) -> Result<Question, ApiError> {
    let axum::extract::Query(pairs) =
        pairs.map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
    let mut question = Question::default();
    let mut errors = Vec::new();
    for (name, value) in pairs {
        let result = if [&name, &value].iter().any(|text| text.chars().any(char::is_control)) {
            // The database's text holds none, and it cannot be sent NUL.
            Err("must not hold control characters".to_owned())
        } else if is_common(&name) || taken.contains(&name.as_str()) {
            read(&mut question, &name, value)
        } else {
            Err("is not a parameter of this endpoint".to_owned())
        };
        if let Err(message) = result {
            errors.push(FieldError::new(name, message));
        }
    }
    let range = question.filter.range;
    if let (Some(from), Some(to)) = (range.from, range.to)
        && from > to
    {
        errors.push(FieldError::new("to", "must not be before 'from'"));
    }
    if !errors.is_empty() {
        return Err(ApiError::Validation(errors));
    }
    if let Some(label) = &caller.user_label {
        let wanted = &mut question.filter.user_labels;
        if wanted.as_ref().is_some_and(|wanted| wanted.iter().any(|wanted| wanted != label)) {
            return Err(ApiError::LabelNotAllowed);
        }
        *wanted = Some(vec![label.clone()]);
    }
    Ok(question)
}

fn is_common(name: &str) -> bool {
    ["from", "to", "user_label", "model", "key_id"].contains(&name)
        || name.strip_prefix("tag.").is_some_and(|tag| !tag.is_empty())
}

fn read(question: &mut Question, name: &str, value: String) -> Result<(), String> {
    let filter = &mut question.filter;
    match name {
        "from" => once(&mut filter.range.from, parse_instant(&value)?),
        "to" => once(&mut filter.range.to, parse_instant(&value)?),
        "user_label" => add(&mut filter.user_labels, value),
        "model" => add(&mut filter.models, value),
        "key_id" => {
            let id = value.parse().map_err(|_| "must be a key id such as key_…".to_owned())?;
            add(&mut filter.key_ids, id)
        }
        "status" => add(&mut filter.statuses, one_of(&STATUSES, &value)?.to_owned()),
        "group_by" => once(&mut question.grouping, parse_grouping(&value)?),
        "details" => {
            let flag = value.parse().map_err(|_| "must be true or false".to_owned())?;
            once(&mut question.with_details, flag)
        }
        "interval" => {
            let names = Interval::ALL.map(Interval::as_str);
            one_of(&names, &value)?;
            let found = Interval::ALL.into_iter().find(|interval| interval.as_str() == value);
            found.map_or(Ok(()), |interval| once(&mut question.interval, interval))
        }
        "cost" => once(&mut question.cost, parse_cost(&value)?),
        "tz" => once(&mut question.time_zone, value),
        "top" => once(&mut question.top, number(&value, 0, MAX_TOP)?),
        "limit" => once(&mut question.limit, number(&value, 1, MAX_PAGE)?),
        "cursor" => once(&mut question.cursor, parse_cursor(&value)?),
        "format" => {
            let format =
                if one_of(&["csv", "ndjson"], &value)? == "csv" { Format::Csv } else { Format::Ndjson };
            once(&mut question.format, format)
        }
        tag => add_tag(&mut filter.tags, tag.strip_prefix("tag.").unwrap_or(tag), value),
    }
}

/// The one parameter of a single call.
pub(crate) fn cost_alone(pairs: Pairs) -> Result<CostBasis, ApiError> {
    let axum::extract::Query(pairs) =
        pairs.map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
    let mut cost = None;
    let mut errors = Vec::new();
    for (name, value) in pairs {
        let read = match name.as_str() {
            "cost" => parse_cost(&value).and_then(|value| once(&mut cost, value)),
            _ => Err("is not a parameter of this endpoint".to_owned()),
        };
        errors.extend(read.err().map(|message| FieldError::new(name, message)));
    }
    if errors.is_empty() { Ok(cost.unwrap_or_default()) } else { Err(ApiError::Validation(errors)) }
}

fn parse_cost(value: &str) -> Result<CostBasis, String> {
    let name = one_of(&CostBasis::ALL.map(CostBasis::as_str), value)?;
    Ok(if name == CostBasis::Current.as_str() { CostBasis::Current } else { CostBasis::Billed })
}

fn one_of<'a>(names: &[&'a str], value: &str) -> Result<&'a str, String> {
    let found = names.iter().find(|name| **name == value).copied();
    found.ok_or_else(|| format!("must be one of {}", names.join(", ")))
}

fn number<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
    text: &str,
    min: T,
    max: T,
) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| *number >= min && *number <= max);
    number.ok_or_else(|| format!("must be a whole number from {min} to {max}"))
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), String> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err("may be given once".to_owned()),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one arm among those that may fail")]
fn add<T>(values: &mut Option<Vec<T>>, value: T) -> Result<(), String> {
    values.get_or_insert_default().push(value);
    Ok(())
}

fn add_tag(tags: &mut Vec<(String, Vec<String>)>, name: &str, value: String) -> Result<(), String> {
    let is_full = tags.len() == MAX_TAGS;
    match tags.iter_mut().find(|(known, _)| known == name) {
        Some((_, values)) => values.push(value),
        None if is_full => return Err(format!("is one of more than {MAX_TAGS} tags")),
        None => tags.push((name.to_owned(), vec![value])),
    }
    Ok(())
}

/// A page's end as text; callers hand it back as it is.
pub(crate) fn cursor_text(cursor: Cursor) -> String {
    format!("{}_{}", cursor.created_at.timestamp_micros(), cursor.id)
}

fn parse_cursor(text: &str) -> Result<Cursor, String> {
    let cursor = || {
        let (micros, id) = text.split_once('_')?;
        let created_at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
        // The database's calendar is narrower than what the text may hold.
        let is_known = (1970..=9999).contains(&created_at.year());
        is_known.then_some(Cursor { created_at, id: id.parse().ok()? })
    };
    cursor().ok_or_else(|| "must be the next_cursor of the page before".to_owned())
}

fn parse_grouping(text: &str) -> Result<Grouping, String> {
    let mut grouping = Grouping::default();
    for name in text.split(',').map(str::trim) {
        let dimension = Dimension::ALL.into_iter().find(|dimension| dimension.as_str() == name);
        match (dimension, name.strip_prefix("tag.")) {
            (Some(dimension), _) if !grouping.dimensions.contains(&dimension) => {
                grouping.dimensions.push(dimension);
            }
            (None, Some(tag)) if !tag.is_empty() && !grouping.tags.iter().any(|known| known == tag) => {
                grouping.tags.push(tag.to_owned());
            }
            (None, None | Some("")) => {
                return Err(format!(
                    "must be a comma list out of model, user_label, key, endpoint, status and tag.<name>; got '{name}'"
                ));
            }
            _ => return Err(format!("names '{name}' twice")),
        }
    }
    if grouping.tags.len() > MAX_TAGS { Err(format!("has more than {MAX_TAGS} tags")) } else { Ok(grouping) }
}
