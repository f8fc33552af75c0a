//! The providers' organization endpoints: usage and costs per day. They require an admin key.

mod anthropic;
mod openai;
mod pages;

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use chrono::NaiveDate;
use domain::money::MoneyError;
use domain::provider::{Provider, ProviderCost, ProviderUsage, UsageKind};

use crate::client::Client;
use crate::response::{UpstreamFailure, UpstreamFailureKind};

/// More pages than seven days can fill.
const MAX_PAGES: usize = 50;
/// Days per page: the default of both providers.
pub const PAGE_DAYS: usize = 7;

#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// The key is not an admin key, or was revoked.
    #[error("the provider refused the admin key with status {0}")]
    Unauthorised(u16),
    #[error("the provider responded with status {0}")]
    Status(u16),
    #[error("the provider did not respond")]
    NoResponse(#[source] UpstreamFailure),
    #[error("the provider's response broke off")]
    Broken(#[source] UpstreamFailureKind),
    #[error("the provider's response is malformed")]
    Malformed(#[source] serde_json::Error),
    #[error("the provider's response contains an invalid amount")]
    Amount(#[source] MoneyError),
    #[error("the provider bills in a currency other than USD")]
    Currency,
    #[error("the provider's response has more than {MAX_PAGES} pages or repeats a page")]
    Endless,
}

/// Rows per day. Days that the provider did not report are absent.
pub type ByDay<T> = BTreeMap<NaiveDate, Vec<T>>;

/// A provider that reports usage and costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Organization {
    OpenAi,
    Anthropic,
}

impl Organization {
    pub const fn provider(self) -> Provider {
        match self {
            Self::OpenAi => Provider::OPENAI,
            Self::Anthropic => Provider::ANTHROPIC,
        }
    }

    /// The kinds of usage that are reported, each by an endpoint of its own.
    pub const fn kinds(self) -> &'static [UsageKind] {
        match self {
            Self::OpenAi => &[UsageKind::Completions, UsageKind::Embeddings],
            Self::Anthropic => &[UsageKind::Messages],
        }
    }

    /// Usage of one kind, per day.
    pub async fn usage(
        self,
        client: &Client,
        kind: UsageKind,
        days: &Range<NaiveDate>,
        deadline: Instant,
    ) -> Result<ByDay<ProviderUsage>, OrganizationError> {
        match self {
            Self::OpenAi => openai::usage(client, kind, days, deadline).await,
            Self::Anthropic => anthropic::usage(client, days, deadline).await,
        }
    }

    /// Billed costs, per day.
    pub async fn costs(
        self,
        client: &Client,
        days: &Range<NaiveDate>,
        deadline: Instant,
    ) -> Result<ByDay<ProviderCost>, OrganizationError> {
        match self {
            Self::OpenAi => openai::costs(client, days, deadline).await,
            Self::Anthropic => anthropic::costs(client, days, deadline).await,
        }
    }
}
