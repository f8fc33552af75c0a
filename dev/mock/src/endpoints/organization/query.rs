//! The query string of a report.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract;
use http::Uri;

use super::report::OrganizationReport;
use crate::errors::InvalidRequest;

pub(super) struct ReportQuery {
    pub(super) report: OrganizationReport,
    pub(super) range: Range<u64>,
    pub(super) width: u64,
    pub(super) page_buckets: usize,
    pub(super) groups: Vec<String>,
    pub(super) filters: BTreeMap<&'static str, Vec<String>>,
}

impl ReportQuery {
    pub(super) fn read(
        report: OrganizationReport,
        uri: &Uri,
        page_buckets: Option<usize>,
    ) -> Result<Self, InvalidRequest> {
        let extract::Query(pairs) = extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| InvalidRequest::new("The query string could not be read."))?;
        let all = |name: &str| -> Vec<String> {
            let matches = |found: &str| found.strip_suffix("[]").unwrap_or(found) == name;
            pairs.iter().filter(|(found, _)| matches(found)).map(|(_, value)| value.clone()).collect()
        };
        let last = |name: &str| all(name).pop();
        let seconds = |name: &'static str| -> Result<Option<u64>, InvalidRequest> {
            let Some(text) = last(name) else { return Ok(None) };
            let number = text.parse().map(Some);
            number.map_err(|_| InvalidRequest::param(format!("Invalid '{name}'."), name, "invalid_type"))
        };
        let from = seconds("start_time")?.ok_or_else(|| InvalidRequest::missing("start_time"))?;
        let to = seconds("end_time")?.unwrap_or_else(now);
        let (width, default, max) =
            report.buckets(last("bucket_width").as_deref().unwrap_or("1d")).ok_or_else(|| {
                InvalidRequest::param("Invalid 'bucket_width'.", "bucket_width", "invalid_value")
            })?;
        let limit = match last("limit").map(|text| text.parse::<usize>()) {
            None => default,
            Some(Ok(limit)) if (1..=max).contains(&limit) => limit,
            Some(_) => return Err(InvalidRequest::param("Invalid 'limit'.", "limit", "invalid_value")),
        };
        let start = match last("page") {
            None => from / width * width,
            Some(page) => page
                .strip_prefix("page_")
                .and_then(|start| start.parse().ok())
                .ok_or_else(|| InvalidRequest::param("Invalid 'page'.", "page", "invalid_value"))?,
        };
        let groups = all("group_by");
        if groups.iter().any(|group| !report.groups().contains(&group.as_str())) {
            return Err(InvalidRequest::param("Invalid 'group_by'.", "group_by", "invalid_value"));
        }
        let filters = [("project_id", "project_ids"), ("api_key_id", "api_key_ids"), ("model", "models")]
            .map(|(field, name)| (field, all(name)));
        Ok(Self {
            report,
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
