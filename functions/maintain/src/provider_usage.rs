//! Fetches the providers' own usage and costs each hour until the days are final, so that the ledger can be reconciled.

use std::ops::Range;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use domain::ids::RequestId;
use domain::provider::Provider;
use ledger::provider::{self, Day, Lease, Outcome};
use ledger::{Database, DbError};
use platform::secrets::Secrets;
use serde::Serialize;
use upstream::organization::{Organization, OrganizationError, PAGE_DAYS};
use upstream::{Client, ClientError, UpstreamConfig};

/// No further days are started after this; the next minute continues. Well within the lease.
const TIME_BUDGET: Duration = Duration::from_secs(40);
/// One hanging request must not use up the whole run.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// What one fetch did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderUsageRun {
    pub provider: Provider,
    /// `complete`, `incomplete`, `unauthorised` or `failed`; `not_due` if nothing was fetched.
    pub status: &'static str,
    /// Days stored, replacing what was known of them.
    pub days: usize,
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
    organizations: Vec<(Organization, UpstreamConfig)>,
    secrets: Secrets,
}

impl Fetcher {
    pub(crate) fn new(organizations: Vec<(Organization, UpstreamConfig)>, secrets: Secrets) -> Self {
        Self { organizations, secrets }
    }

    /// Fetches the days that are due at each provider, unless another run does; `now` skips waiting for the hour.
    /// Failures are logged, those of a provider are stored as well, and none keeps the others from being fetched.
    pub(crate) async fn run(&self, database: &Database, now: bool) -> Vec<ProviderUsageRun> {
        let mut runs = Vec::new();
        for (organization, upstream) in &self.organizations {
            let run = self.run_one(*organization, upstream, database, now).await;
            runs.push(run.unwrap_or_else(|error| {
                let provider = organization.provider();
                tracing::error!(%error, %provider, "Storing a provider's usage failed.");
                ProviderUsageRun { provider, status: "failed", days: 0 }
            }));
        }
        runs
    }

    async fn run_one(
        &self,
        organization: Organization,
        upstream: &UpstreamConfig,
        database: &Database,
        now: bool,
    ) -> Result<ProviderUsageRun, DbError> {
        let provider = organization.provider();
        let id = RequestId::generate().as_uuid();
        let Some(lease) = provider::claim(database, provider.clone(), id, now).await? else {
            return Ok(ProviderUsageRun { provider, status: "not_due", days: 0 });
        };
        let mut days = 0;
        let (outcome, error) = match self.fetch(organization, upstream, database, &lease, &mut days).await {
            Ok(outcome) => (outcome, None),
            Err(error) => (error.outcome(), Some(error.text())),
        };
        match (outcome, &error) {
            (Outcome::Unauthorised, Some(error)) => {
                let variable = upstream.key_name;
                tracing::error!(
                    error, %provider, variable,
                    "Fetching a provider's usage requires an admin key: see the variable."
                );
            }
            (_, Some(error)) => {
                tracing::warn!(
                    error, %provider, days,
                    "Fetching a provider's usage failed; retrying in ten minutes."
                );
            }
            _ => {}
        }
        provider::release(database, &lease, outcome, error.as_deref()).await?;
        Ok(ProviderUsageRun { provider, status: outcome.as_str(), days })
    }

    async fn fetch(
        &self,
        organization: Organization,
        upstream: &UpstreamConfig,
        database: &Database,
        lease: &Lease,
        stored: &mut usize,
    ) -> Result<Outcome, FetchError> {
        let began = Instant::now();
        let due = provider::due_days(database, &organization.provider()).await?;
        // The secret is read for each run, because it may have been set since the last one.
        let client = Client::new(upstream.clone(), self.secrets.clone()).await?;
        // Newest first: recent days still change and are viewed most.
        for days in consecutive_ranges(&due).into_iter().rev() {
            if began.elapsed() >= TIME_BUDGET {
                return Ok(Outcome::Incomplete);
            }
            for day in fetch_days(organization, &client, &days).await? {
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
async fn fetch_days(
    organization: Organization,
    client: &Client,
    days: &Range<NaiveDate>,
) -> Result<Vec<Day>, OrganizationError> {
    let deadline = || Instant::now() + REQUEST_TIMEOUT;
    let mut usage = Vec::new();
    for kind in organization.kinds() {
        usage.push((*kind, organization.usage(client, *kind, days, deadline()).await?));
    }
    let mut costs = organization.costs(client, days, deadline()).await?;
    let mut found = Vec::new();
    for day in days.start.iter_days().take_while(|day| *day < days.end) {
        let of_day: Option<Vec<_>> =
            usage.iter_mut().map(|(kind, by_day)| Some((*kind, by_day.remove(&day)?))).collect();
        let Some(of_day) = of_day else {
            tracing::warn!(%day, provider = %organization.provider(), "The provider reported nothing for a day.");
            continue;
        };
        let lines =
            of_day.into_iter().flat_map(|(kind, lines)| lines.into_iter().map(move |line| (kind, line)));
        found.push(Day { day, usage: lines.collect(), costs: costs.remove(&day) });
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
