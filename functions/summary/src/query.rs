//! Query parameters of the usage endpoints, parsed once: filters and groups.

use shared::db::keys::Caller;
use shared::db::usage::{Dimension, Filter};
use shared::http::{ApiError, FieldError, parse_instant};

const MAX_TAGS: usize = 8;

/// What to group by: dimensions, and names of tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grouping {
    pub dimensions: Vec<Dimension>,
    pub tags: Vec<String>,
}

impl Default for Grouping {
    fn default() -> Self {
        Self { dimensions: vec![Dimension::Model, Dimension::UserLabel], tags: Vec::new() }
    }
}

/// Reads all parameters and names every one that is wrong. A caller bound to a label reads only that.
pub(crate) fn parse(params: Vec<(String, String)>, caller: &Caller) -> Result<(Filter, Grouping), ApiError> {
    let mut filter = Filter::default();
    let mut grouping = None;
    let mut errors = Vec::new();
    for (name, value) in params {
        let result = match name.as_str() {
            // The database's text holds none, and it cannot be sent NUL.
            _ if [&name, &value].iter().any(|text| text.chars().any(char::is_control)) => {
                Err("must not hold control characters".to_owned())
            }
            "from" => parse_instant(&value).and_then(|at| once(&mut filter.from, at)),
            "to" => parse_instant(&value).and_then(|at| once(&mut filter.to, at)),
            "user_label" => {
                add(&mut filter.user_labels, value);
                Ok(())
            }
            "model" => {
                add(&mut filter.models, value);
                Ok(())
            }
            "key_id" => value
                .parse()
                .map_err(|_| "must be a key id such as key_…".to_owned())
                .map(|id| add(&mut filter.key_ids, id)),
            "group_by" => parse_grouping(&value).and_then(|groups| once(&mut grouping, groups)),
            tag if tag.starts_with("tag.") && tag.len() > 4 => add_tag(&mut filter.tags, &tag[4..], value),
            _ => Err("is not a parameter of this endpoint".to_owned()),
        };
        if let Err(message) = result {
            errors.push(FieldError::new(name, message));
        }
    }
    if let (Some(from), Some(to)) = (filter.from, filter.to)
        && from > to
    {
        errors.push(FieldError::new("to", "must not be before 'from'"));
    }
    if !errors.is_empty() {
        return Err(ApiError::Validation(errors));
    }
    if let Some(label) = &caller.user_label {
        if filter.user_labels.as_ref().is_some_and(|wanted| wanted.iter().any(|wanted| wanted != label)) {
            return Err(ApiError::LabelNotAllowed);
        }
        filter.user_labels = Some(vec![label.clone()]);
    }
    Ok((filter, grouping.unwrap_or_default()))
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), String> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err("may be given once".to_owned()),
    }
}

fn add<T>(values: &mut Option<Vec<T>>, value: T) {
    values.get_or_insert_default().push(value);
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

fn parse_grouping(text: &str) -> Result<Grouping, String> {
    let mut grouping = Grouping { dimensions: Vec::new(), tags: Vec::new() };
    for name in text.split(',').map(str::trim) {
        let dimension =
            [Dimension::Model, Dimension::UserLabel, Dimension::Key, Dimension::Endpoint, Dimension::Status]
                .into_iter()
                .find(|dimension| dimension.as_str() == name);
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
