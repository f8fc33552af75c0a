//! Delivers limit events to the configured targets: at least once each, bounded in time, given up after many attempts.

mod message;
mod topic;
mod webhook;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use ledger::limits::deliveries::{self, Claim, Target};
use ledger::{Database, DbError};
use platform::environment::AwsConfig;
use platform::secrets::Secrets;

use self::message::Message;
use self::topic::Topic;
pub use self::webhook::WebhookError;
use self::webhook::{Signer, Webhook};
use crate::config::LimitEventsConfig;

/// How long one delivery attempt may take, including the connection.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// No further attempt starts after this, because the next minute's work waits for this one.
const TIME_BUDGET: Duration = Duration::from_secs(30);
/// Concurrent attempts.
const BATCH_SIZE: i64 = 10;

/// The results of a run's attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub delivered: usize,
    /// To be retried.
    pub postponed: usize,
    /// Given up.
    pub failed: usize,
}

/// The configured targets.
#[derive(Clone)]
pub(crate) struct Delivery {
    webhook: Option<Webhook>,
    topic: Option<Topic>,
    secrets: Secrets,
}

impl Delivery {
    pub(crate) fn new(
        config: LimitEventsConfig,
        aws: &AwsConfig,
        secrets: Secrets,
    ) -> Result<Self, WebhookError> {
        Ok(Self {
            webhook: config.webhook.map(Webhook::new).transpose()?,
            topic: config.topic_arn.map(|arn| Topic::new(arn, aws)),
            secrets,
        })
    }

    pub(crate) async fn run(&self, database: &Database) -> Result<Tally, DbError> {
        let mut report = Tally::default();
        let configured: Vec<Target> =
            [self.webhook.as_ref().map(|_| Target::Webhook), self.topic.as_ref().map(|_| Target::Sns)]
                .into_iter()
                .flatten()
                .collect();
        if configured.is_empty() {
            return Ok(report);
        }
        let mut targets = deliveries::enqueue(database, &configured).await?;
        let signer = if targets.contains(&Target::Webhook) { self.signer().await } else { None };
        if signer.is_none() {
            // The receiver is not at fault, so no attempt is used up while the secret cannot be read.
            targets.retain(|target| *target != Target::Webhook);
        }
        let started = Instant::now();
        while !targets.is_empty() && started.elapsed() < TIME_BUDGET {
            let claims = deliveries::claim(database, &targets, BATCH_SIZE).await?;
            if claims.is_empty() {
                break;
            }
            let outcomes = join_all(claims.iter().map(|claim| self.attempt(claim, signer.as_ref()))).await;
            deliveries::record(database, &outcomes).await?;
            for (claim, error) in &outcomes {
                report.count(claim, error.as_deref());
            }
        }
        Ok(report)
    }

    async fn signer(&self) -> Option<Signer> {
        let webhook = self.webhook.as_ref()?;
        // Reread for each run that has something to sign, because secrets rotate.
        match webhook.signer(&self.secrets).await {
            Ok(signer) => Some(signer),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "Limit events wait because the webhook's signing secret cannot be read.");
                None
            }
        }
    }

    /// Attempts one delivery and returns its error as it is stored, without URLs or secrets.
    async fn attempt<'a>(&self, claim: &'a Claim, signer: Option<&Signer>) -> (&'a Claim, Option<String>) {
        let message = match Message::new(&claim.event) {
            Ok(message) => message,
            Err(error) => return (claim, Some(error.to_string())),
        };
        let sent = async {
            match claim.target {
                Target::Webhook => match (&self.webhook, signer) {
                    (Some(webhook), Some(signer)) => webhook.send(&message, signer, claim.attempted_at).await,
                    _ => Err("the webhook is not configured".to_owned()),
                },
                Target::Sns => match &self.topic {
                    Some(topic) => topic.publish(&message).await,
                    None => Err("the topic is not configured".to_owned()),
                },
            }
        };
        let result = tokio::time::timeout(ATTEMPT_TIMEOUT, sent).await;
        (
            claim,
            result
                .unwrap_or_else(|_| Err(format!("no response within {} s", ATTEMPT_TIMEOUT.as_secs())))
                .err(),
        )
    }
}

impl Tally {
    fn count(&mut self, claim: &Claim, error: Option<&str>) {
        let (event_id, target, attempts) = (claim.event.id, claim.target.as_str(), claim.attempt);
        match error {
            None => self.delivered += 1,
            Some(error) if claim.is_last() => {
                self.failed += 1;
                tracing::error!(%event_id, target, attempts, error, "Limit event delivery failed; giving up.");
            }
            Some(error) => {
                self.postponed += 1;
                tracing::warn!(%event_id, target, attempts, error, "Limit event delivery failed; will retry.");
            }
        }
    }
}
