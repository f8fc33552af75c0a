//! What a request for figures asks for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract;
use http::Uri;

use super::figures::Figures;
use crate::errors::Invalid;

pub(super) struct Query {
    pub(super) figures: Figures,
    pub(super) range: Range<u64>,
    pub(super) width: u64,
    pub(super) page_buckets: usize,
    pub(super) groups: Vec<String>,
    pub(super) filters: BTreeMap<&'static str, Vec<String>>,
}

impl Query {
    pub(super) fn read(figures: Figures, uri: &Uri, page_buckets: Option<usize>) -> Result<Self, Invalid> {
        let extract::Query(pairs) = extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Invalid::new("The query string could not be read."))?;
        let all = |wanted: &str| -> Vec<String> {
            let matches = |name: &str| name.strip_suffix("[]").unwrap_or(name) == wanted;
            pairs.iter().filter(|(name, _)| matches(name)).map(|(_, value)| value.clone()).collect()
        };
        let one = |wanted: &str| all(wanted).pop();
        let seconds = |name: &'static str| -> Result<Option<u64>, Invalid> {
            let Some(text) = one(name) else { return Ok(None) };
            let number = text.parse().map(Some);
            number.map_err(|_| Invalid::param(format!("Invalid '{name}'."), name, "invalid_type"))
        };
        let from = seconds("start_time")?.ok_or_else(|| Invalid::missing("start_time"))?;
        let to = seconds("end_time")?.unwrap_or_else(now);
        let (width, default, most) = figures
            .buckets(one("bucket_width").as_deref().unwrap_or("1d"))
            .ok_or_else(|| Invalid::param("Invalid 'bucket_width'.", "bucket_width", "invalid_value"))?;
        let limit = match one("limit").map(|text| text.parse::<usize>()) {
            None => default,
            Some(Ok(limit)) if (1..=most).contains(&limit) => limit,
            Some(_) => return Err(Invalid::param("Invalid 'limit'.", "limit", "invalid_value")),
        };
        let start = match one("page") {
            None => from / width * width,
            Some(page) => page
                .strip_prefix("page_")
                .and_then(|start| start.parse().ok())
                .ok_or_else(|| Invalid::param("Invalid 'page'.", "page", "invalid_value"))?,
        };
        let groups = all("group_by");
        if groups.iter().any(|group| !figures.groups().contains(&group.as_str())) {
            return Err(Invalid::param("Invalid 'group_by'.", "group_by", "invalid_value"));
        }
        let filters = [("project_id", "project_ids"), ("api_key_id", "api_key_ids"), ("model", "models")]
            .map(|(field, name)| (field, all(name)));
        Ok(Self {
            figures,
            range: start..to,
            width,
            page_buckets: page_buckets.unwrap_or(limit).min(limit).max(1),
            groups,
            filters: filters.into_iter().filter(|(_, values)| !values.is_empty()).collect(),
        })
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}
