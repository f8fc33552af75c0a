//! `generationConfig`: how many candidates there are, what bounds each of them, and where a bound of ours goes.

use super::json_name;
use crate::json::offset_in;
use crate::wire::edit::Slot;
use crate::wire::members::{Members, RequestError};

pub(super) struct Config {
    pub candidates: u64,
    /// On the tokens of one candidate, thoughts included.
    pub output_bound: Option<u64>,
    pub bound_slot: Option<Slot>,
}

impl Default for Config {
    fn default() -> Self {
        Self { candidates: 1, output_bound: None, bound_slot: None }
    }
}

/// Reads the configuration of a body whose closing brace is at `end`.
pub(super) fn read_config(body: &Members<'_>, text: &str, end: usize) -> Result<Config, RequestError> {
    let Some(config) = body.value("generationConfig") else {
        let slot = match body.range_of("generationConfig") {
            Some(null) => Slot { range: null, before: "{\"maxOutputTokens\":".to_owned(), after: "}" },
            None => Slot::new_member(end, body.is_empty(), "\"generationConfig\":{\"maxOutputTokens\":", "}"),
        };
        return Ok(Config { bound_slot: Some(slot), ..Config::default() });
    };
    let members = Members::parse_named(config, json_name).map_err(|error| match error {
        RequestError::Duplicate { param } => {
            RequestError::Duplicate { param: format!("generationConfig.{param}") }
        }
        _ => RequestError::WrongType { param: "generationConfig".into(), expected: "an object" },
    })?;
    let start = offset_in(text, config);
    let slot = if let Some(range) = members.range_of("maxOutputTokens") {
        Slot { range: start + range.start..start + range.end, before: String::new(), after: "" }
    } else {
        let end = start + config.len() - 1;
        Slot::new_member(end, members.is_empty(), "\"maxOutputTokens\":", "")
    };
    Ok(Config {
        candidates: count(&members, "candidateCount")?.unwrap_or(1),
        output_bound: count(&members, "maxOutputTokens")?,
        bound_slot: Some(slot),
    })
}

/// A count as protocol buffers write it in JSON: a number or a text. Zero is the same as no count.
fn count(config: &Members<'_>, name: &'static str) -> Result<Option<u64>, RequestError> {
    let Some(value) = config.value(name) else { return Ok(None) };
    let text = value.trim_matches('"');
    let whole =
        || text.parse::<f64>().ok().filter(|number| number.fract() == 0.0 && (0.0..1e15).contains(number));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
    let count = text.parse::<u64>().ok().or_else(|| whole().map(|number| number as u64));
    let count = count.ok_or_else(|| RequestError::WrongType {
        param: format!("generationConfig.{name}").into(),
        expected: "a non-negative integer",
    })?;
    Ok(Some(count).filter(|count| *count > 0))
}
