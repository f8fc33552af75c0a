//! Asks the provider about calls that it works on in the background, so that each is settled with what it used even if
//! its caller never comes back.

use std::future::ready;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use domain::calls::{CallOutcome, Endpoint};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, Method, StatusCode};
use ledger::background::{self, DueCall};
use ledger::{Database, DbError, prices};
use platform::secrets::Secrets;
use platform::{CallLog, CorrelationIds};
use upstream::wire::{ResponseFields, is_id};
use upstream::{Client, ClientError, UpstreamConfig, UpstreamRequest};

/// No further calls are asked about after this; the next minute continues.
const TIME_BUDGET: Duration = Duration::from_secs(40);
/// One hanging request must not use up the whole run.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
const CONCURRENT_REQUESTS: usize = 8;
/// A response that is not found this long after it was accepted was deleted.
const FOUND_WITHIN: TimeDelta = TimeDelta::minutes(5);

#[derive(Debug, thiserror::Error)]
pub(crate) enum BackgroundError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Db(#[from] DbError),
}

#[derive(Clone)]
pub(crate) struct BackgroundCalls {
    /// `None` without a provider key: calls are then settled by retrievals alone.
    upstream: Option<UpstreamConfig>,
    secrets: Secrets,
    log: CallLog,
}

impl BackgroundCalls {
    pub(crate) fn new(upstream: Option<UpstreamConfig>, secrets: Secrets, log: CallLog) -> Self {
        Self { upstream, secrets, log }
    }

    /// Settles the calls that have ended, and returns their number.
    pub(crate) async fn run(&self, database: &Database) -> Result<usize, BackgroundError> {
        background::prune(database).await?;
        let Some(upstream) = &self.upstream else { return Ok(0) };
        let due = background::claim_due(database).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let began = Instant::now();
        // The secret is read for each run, because it may have been set since the last one.
        let client = Client::new(upstream.clone(), self.secrets.clone()).await?;
        let settlements = stream::iter(due)
            .take_while(|_| ready(began.elapsed() < TIME_BUDGET))
            .map(|due| self.settle(database, &client, due))
            .buffer_unordered(CONCURRENT_REQUESTS);
        settlements.try_fold(0, |settled, is_settled| ready(Ok(settled + usize::from(is_settled)))).await
    }

    /// Whether the call has ended, and was not settled elsewhere in the meantime.
    async fn settle(
        &self,
        database: &Database,
        client: &Client,
        due: DueCall,
    ) -> Result<bool, BackgroundError> {
        let Some(outcome) = ask(client, &due).await else { return Ok(false) };
        // Loaded after the answer: a price that has changed since the run began applies to this call.
        let prices = prices::load(database).await?;
        let record = due.call.record(outcome, &prices, due.at);
        let is_settled = background::settle(database, &record, &due.call).await?;
        if is_settled {
            self.log.write(&record, &CorrelationIds::default());
        }
        Ok(is_settled)
    }
}

/// `None` while the provider works on the response, or if it cannot be asked now.
async fn ask(client: &Client, due: &DueCall) -> Option<CallOutcome> {
    if !is_id(&due.response_id) {
        return Some(CallOutcome::unknown("response_not_found"));
    }
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    let request = UpstreamRequest {
        method: Method::GET,
        path: &format!("/responses/{}", due.response_id),
        headers: HeaderMap::new(),
        body: bytes::Bytes::new(),
        key: None,
        deadline,
        endpoint: None,
        may_bill_retries: true,
    };
    let call_id = due.call.request.id;
    let response = match client.send(&request).await {
        Ok(response) => response,
        Err(error) => {
            tracing::warn!(%call_id, %error, "The provider could not be asked about a call in the background.");
            return None;
        }
    };
    match response.status {
        status if status.is_success() => {
            let body = response.read(deadline).await.ok()?;
            ResponseFields::parse(Endpoint::ResponsesRetrieve, &body)?.background_outcome()
        }
        StatusCode::NOT_FOUND if due.at - due.call.admitted.opened_at > FOUND_WITHIN => {
            tracing::warn!(%call_id, "A response in the background is gone; its call is recorded with its bounds.");
            Some(CallOutcome::unknown("response_not_found"))
        }
        status => {
            tracing::warn!(%call_id, status = status.as_u16(), "The provider refused to show a response.");
            None
        }
    }
}
