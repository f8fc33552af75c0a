//! Fetches the provider's own usage and costs each hour until the days are final, so that the ledger can be reconciled.

use std::ops::Range;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use domain::ids::RequestId;
use domain::provider::{ProviderUsage, UsageKind};
use ledger::provider::{self, Day, Lease, Outcome};
use ledger::{Database, DbError};
use platform::secrets::Secrets;
use serde::Serialize;
use upstream::organization::{self, OrganizationError, PAGE_DAYS};
use upstream::{Client, ClientError, UpstreamConfig};

/// No further days are started after this; the next minute continues. Well within the lease.
const TIME_BUDGET: Duration = Duration::from_secs(40);
/// One hanging request must not use up the whole run.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// What one fetch did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProviderUsageRun {
    /// `complete`, `incomplete`, `unauthorised` or `failed`; or why nothing was fetched: `no_key`, `not_due`.
    pub status: &'static str,
    /// Days stored, replacing what was known of them.
    pub days: usize,
}

impl ProviderUsageRun {
    fn skipped(status: &'static str) -> Self {
        Self { status, days: 0 }
    }
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Organization(#[from] OrganizationError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl FetchError {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::Organization(OrganizationError::Unauthorised(_)) => Outcome::Unauthorised,
            Self::Client(_) | Self::Organization(_) | Self::Db(_) => Outcome::Failed,
        }
    }

    /// The error with its causes, none of which contains the key.
    fn text(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text.chars().take(500).collect()
    }
}

#[derive(Clone)]
pub(crate) struct Fetcher {
    upstream: Option<UpstreamConfig>,
    secrets: Secrets,
}

impl Fetcher {
    pub(crate) fn new(upstream: Option<UpstreamConfig>, secrets: Secrets) -> Self {
        Self { upstream, secrets }
    }

    /// Fetches the days that are due, unless another run does; `now` skips waiting for the hour. Failures of the
    /// provider are stored and logged, but are not errors of the run.
    pub(crate) async fn run(&self, database: &Database, now: bool) -> Result<ProviderUsageRun, DbError> {
        let Some(upstream) = &self.upstream else { return Ok(ProviderUsageRun::skipped("no_key")) };
        let Some(lease) = provider::claim(database, RequestId::generate().as_uuid(), now).await? else {
            return Ok(ProviderUsageRun::skipped("not_due"));
        };
        let mut days = 0;
        let (outcome, error) = match self.fetch(upstream, database, lease, &mut days).await {
            Ok(outcome) => (outcome, None),
            Err(error) => (error.outcome(), Some(error.text())),
        };
        match (outcome, &error) {
            (Outcome::Unauthorised, Some(error)) => {
                tracing::error!(
                    error,
                    "Fetching the provider's usage requires an admin key: see OPENAI_ADMIN_KEY."
                );
            }
            (_, Some(error)) => {
                tracing::warn!(error, days, "Fetching the provider's usage failed; retrying in ten minutes.");
            }
            _ => {}
        }
        provider::release(database, lease, outcome, error.as_deref()).await?;
        Ok(ProviderUsageRun { status: outcome.as_str(), days })
    }

    async fn fetch(
        &self,
        upstream: &UpstreamConfig,
        database: &Database,
        lease: Lease,
        stored: &mut usize,
    ) -> Result<Outcome, FetchError> {
        let began = Instant::now();
        let due = provider::due_days(database).await?;
        // The secret is read for each run, because it may have been set since the last one.
        let client = Client::new(upstream.clone(), self.secrets.clone()).await?;
        // Newest first: recent days still change and are viewed most.
        for days in consecutive_ranges(&due).into_iter().rev() {
            if began.elapsed() >= TIME_BUDGET {
                return Ok(Outcome::Incomplete);
            }
            for day in fetch_days(&client, &days).await? {
                if !due.contains(&day.day) {
                    continue;
                }
                if !provider::replace_day(database, lease, &day).await? {
                    tracing::warn!("The lease expired; another run fetches the provider's usage.");
                    return Ok(Outcome::Incomplete);
                }
                *stored += 1;
            }
        }
        Ok(Outcome::Complete)
    }
}

/// Fetches some days. Days that the provider did not report are left out.
async fn fetch_days(client: &Client, days: &Range<NaiveDate>) -> Result<Vec<Day>, OrganizationError> {
    let deadline = || Instant::now() + REQUEST_TIMEOUT;
    let mut completions = organization::usage(client, UsageKind::Completions, days, deadline()).await?;
    let mut embeddings = organization::usage(client, UsageKind::Embeddings, days, deadline()).await?;
    let mut costs = organization::costs(client, days, deadline()).await?;
    let mut found = Vec::new();
    for day in days.start.iter_days().take_while(|day| *day < days.end) {
        let (Some(completions), Some(embeddings)) = (completions.remove(&day), embeddings.remove(&day))
        else {
            tracing::warn!(%day, "The provider reported nothing for a day.");
            continue;
        };
        let of_kind =
            |kind: UsageKind, usage: Vec<ProviderUsage>| usage.into_iter().map(move |usage| (kind, usage));
        let usage =
            of_kind(UsageKind::Completions, completions).chain(of_kind(UsageKind::Embeddings, embeddings));
        found.push(Day { day, usage: usage.collect(), costs: costs.remove(&day) });
    }
    Ok(found)
}

/// Groups days into ranges without gaps, each at most one page long.
fn consecutive_ranges(days: &[NaiveDate]) -> Vec<Range<NaiveDate>> {
    let mut ranges: Vec<Range<NaiveDate>> = Vec::new();
    for day in days {
        let Some(next) = day.succ_opt() else { continue };
        match ranges.last_mut() {
            Some(last)
                if last.end == *day
                    && (*day - last.start).num_days() < i64::try_from(PAGE_DAYS).unwrap_or(1) =>
            {
                last.end = next;
            }
            _ => ranges.push(*day..next),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_days_are_grouped_up_to_one_page() {
        let day = |number: u32| NaiveDate::from_ymd_opt(2026, 11, number).unwrap();
        let days: Vec<_> = [1, 2, 5, 6, 7, 8, 9, 10, 11, 12].map(day).into();
        assert_eq!(consecutive_ranges(&days), [day(1)..day(3), day(5)..day(12), day(12)..day(13)]);
        assert!(consecutive_ranges(&[]).is_empty());
    }
}
