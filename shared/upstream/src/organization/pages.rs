//! Buckets of a day each, page by page.

use std::ops::Range;
use std::time::Instant;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::{HeaderMap, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ByDay, MAX_PAGES, OrganizationError};
use crate::client::Client;
use crate::request::UpstreamRequest;

pub(super) struct Report {
    /// With the query, but for the page.
    pub(super) path: String,
    pub(super) headers: HeaderMap,
}

/// The lines of a day, as a provider's format has them.
pub(super) trait Bucket: DeserializeOwned {
    type Line;

    fn start(&self) -> Option<DateTime<Utc>>;
    fn into_lines(self) -> Vec<Self::Line>;
}

#[derive(Deserialize)]
struct Page<B> {
    data: Vec<B>,
    #[serde(default)]
    has_more: bool,
    #[serde(rename = "next_page")]
    next: Option<String>,
}

pub(super) async fn pages<B: Bucket>(
    client: &Client,
    report: &Report,
    days: &Range<NaiveDate>,
    deadline: Instant,
) -> Result<ByDay<B::Line>, OrganizationError> {
    let first = &report.path;
    let mut found = ByDay::new();
    let mut cursor: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let path = cursor.as_ref().map_or_else(
            || first.clone(),
            |page| format!("{first}&page={}", utf8_percent_encode(page, NON_ALPHANUMERIC)),
        );
        let page: Page<B> = serde_json::from_slice(&get(client, &path, &report.headers, deadline).await?)
            .map_err(OrganizationError::Malformed)?;
        for bucket in page.data {
            let day = bucket.start().map(|start| start.date_naive());
            if let Some(day) = day.filter(|day| days.contains(day)) {
                found.entry(day).or_insert_with(Vec::new).extend(bucket.into_lines());
            }
        }
        match page.next {
            Some(next) if page.has_more && cursor.as_ref() != Some(&next) => cursor = Some(next),
            Some(_) if page.has_more => return Err(OrganizationError::Endless),
            _ => return Ok(found),
        }
    }
    Err(OrganizationError::Endless)
}

async fn get(
    client: &Client,
    path: &str,
    headers: &HeaderMap,
    deadline: Instant,
) -> Result<Bytes, OrganizationError> {
    let request = UpstreamRequest {
        method: Method::GET,
        path,
        headers: headers.clone(),
        body: Bytes::new(),
        key: None,
        deadline,
        endpoint: None,
        may_bill_retries: true,
    };
    let response = client.send(&request).await.map_err(OrganizationError::NoResponse)?;
    match response.status.as_u16() {
        200..300 => response.read(deadline).await.map_err(OrganizationError::Broken),
        status @ (401 | 403) => Err(OrganizationError::Unauthorised(status)),
        status => Err(OrganizationError::Status(status)),
    }
}
