//! Fetches the provider's own usage and costs, hour by hour until the days are final, for the ledger to be reconciled with.

use std::ops::Range;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use domain::ids::RequestId;
use domain::provider::{ProviderUsage, UsageKind};
use ledger::provider::{self, Day, Lease, Outcome};
use ledger::{Database, DbError};
use openai::organization::{self, OrganizationError, PAGE_DAYS};
use openai::{Client, ClientError, UpstreamConfig};
use platform::secrets::Secrets;
use serde::Serialize;

/// No further days are begun after this; the next minute goes on. Well within the lease.
const TIME: Duration = Duration::from_secs(40);
/// A request that hangs must not cost the whole run.
const REQUEST_TIME: Duration = Duration::from_secs(20);

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// `complete`, `incomplete`, `unauthorised` or `failed`; else why nothing was done: `no_key`, `not_due`.
    pub status: &'static str,
    /// Days put in place of what was known of them.
    pub days: usize,
}

impl Figures {
    fn skipped(status: &'static str) -> Self {
        Self { status, days: 0 }
    }
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Figures(#[from] OrganizationError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl RunError {
    const fn outcome(&self) -> Outcome {
        match self {
            Self::Figures(OrganizationError::Unauthorised(_)) => Outcome::Unauthorised,
            Self::Client(_) | Self::Figures(_) | Self::Db(_) => Outcome::Failed,
        }
    }

    /// With its causes; none of them holds the key.
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

    /// Fetches what is due, where nobody else does; `now` does not wait for the hour. What goes wrong with the provider
    /// is kept, logged and told, and no error.
    pub(crate) async fn run(&self, database: &Database, now: bool) -> Result<Figures, DbError> {
        let Some(upstream) = &self.upstream else { return Ok(Figures::skipped("no_key")) };
        let Some(lease) = provider::claim(database, RequestId::generate().as_uuid(), now).await? else {
            return Ok(Figures::skipped("not_due"));
        };
        let mut days = 0;
        let (outcome, error) = match self.fetch(upstream, database, lease, &mut days).await {
            Ok(outcome) => (outcome, None),
            Err(error) => (error.outcome(), Some(error.text())),
        };
        match (outcome, &error) {
            (Outcome::Unauthorised, Some(error)) => {
                tracing::error!(error, "The provider's figures need an admin key: see OPENAI_ADMIN_KEY.");
            }
            (_, Some(error)) => {
                tracing::warn!(error, days, "The provider's figures are fetched again in ten minutes.");
            }
            _ => {}
        }
        provider::release(database, lease, outcome, error.as_deref()).await?;
        Ok(Figures { status: outcome.as_str(), days })
    }

    async fn fetch(
        &self,
        upstream: &UpstreamConfig,
        database: &Database,
        lease: Lease,
        stored: &mut usize,
    ) -> Result<Outcome, RunError> {
        let began = Instant::now();
        let due = provider::due_days(database).await?;
        // Nothing is held while a secret is read: it may have been put there since the last run.
        let client = Client::new(upstream.clone(), self.secrets.clone()).await?;
        // The newest first: they are what changes, and what is looked at.
        for days in stretches(&due).into_iter().rev() {
            if began.elapsed() >= TIME {
                return Ok(Outcome::Incomplete);
            }
            for day in fetch_days(&client, &days).await? {
                if !due.contains(&day.day) {
                    continue;
                }
                if !provider::replace_day(database, lease, &day).await? {
                    tracing::warn!("Another run fetches the provider's figures by now.");
                    return Ok(Outcome::Incomplete);
                }
                *stored += 1;
            }
        }
        Ok(Outcome::Complete)
    }
}

/// What the provider says of some days; those it is silent on are left out.
async fn fetch_days(client: &Client, days: &Range<NaiveDate>) -> Result<Vec<Day>, OrganizationError> {
    let deadline = || Instant::now() + REQUEST_TIME;
    let mut completions = organization::usage(client, UsageKind::Completions, days, deadline()).await?;
    let mut embeddings = organization::usage(client, UsageKind::Embeddings, days, deadline()).await?;
    let mut costs = organization::costs(client, days, deadline()).await?;
    let mut found = Vec::new();
    for day in days.start.iter_days().take_while(|day| *day < days.end) {
        let (Some(completions), Some(embeddings)) = (completions.remove(&day), embeddings.remove(&day))
        else {
            tracing::warn!(%day, "The provider says nothing of a day.");
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

/// Consecutive days, as many as a page holds.
fn stretches(days: &[NaiveDate]) -> Vec<Range<NaiveDate>> {
    let mut stretches: Vec<Range<NaiveDate>> = Vec::new();
    for day in days {
        let Some(next) = day.succ_opt() else { continue };
        match stretches.last_mut() {
            Some(last)
                if last.end == *day
                    && (*day - last.start).num_days() < i64::try_from(PAGE_DAYS).unwrap_or(1) =>
            {
                last.end = next;
            }
            _ => stretches.push(*day..next),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_asked_for_together_as_far_as_a_page_holds_them() {
        let day = |number: u32| NaiveDate::from_ymd_opt(2026, 11, number).unwrap();
        let days: Vec<_> = [1, 2, 5, 6, 7, 8, 9, 10, 11, 12].map(day).into();
        assert_eq!(stretches(&days), [day(1)..day(3), day(5)..day(12), day(12)..day(13)]);
        assert!(stretches(&[]).is_empty());
    }
}
