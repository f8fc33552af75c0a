//! State shared by all calls of a process.

mod registered;
mod start;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::FromRef;
use domain::calls::Wire;
use domain::keys::KeyHasher;
use domain::pricing::PriceBook;
use ledger::Database;
use platform::CallLog;
use upstream::Client;
use web::{ApiError, AppState};

pub use self::start::StartError;
use crate::call::PlainCallers;
use crate::fallback::Cooldowns;
use crate::upstreams::{Clients, Registry};

#[derive(Clone)]
pub struct ChatState(Arc<Shared>);

struct Shared {
    app: AppState,
    upstream: Client,
    anthropic: Option<Client>,
    gemini: Option<Client>,
    bedrock: Option<Client>,
    accept_provider_keys: bool,
    background_deadline: Duration,
    log: CallLog,
    plain_callers: PlainCallers,
    prices: RwLock<Arc<PriceBook>>,
    clients: Clients,
    registry: RwLock<Arc<Registry>>,
    cooldowns: Cooldowns,
}

impl FromRef<ChatState> for AppState {
    fn from_ref(state: &ChatState) -> Self {
        state.0.app.clone()
    }
}

impl ChatState {
    pub(crate) fn database(&self) -> &Database {
        self.0.app.database()
    }

    /// OpenAI, or a provider that speaks its format.
    pub(crate) fn upstream(&self) -> &Client {
        &self.0.upstream
    }

    /// The provider of calls in this format.
    pub(crate) fn upstream_of(&self, wire: Wire) -> Result<&Client, ApiError> {
        match wire {
            Wire::OpenAi => Ok(&self.0.upstream),
            Wire::Anthropic => self.0.anthropic.as_ref().ok_or(ApiError::ProviderNotConfigured {
                provider: "Anthropic",
                variable: "ANTHROPIC_API_KEY",
            }),
            Wire::Gemini => self
                .0
                .gemini
                .as_ref()
                .ok_or(ApiError::ProviderNotConfigured { provider: "Gemini", variable: "GEMINI_API_KEY" }),
            Wire::Bedrock => self.0.bedrock.as_ref().ok_or(ApiError::ProviderNotConfigured {
                provider: "Amazon Bedrock",
                variable: "BEDROCK_REGION",
            }),
        }
    }

    pub(crate) fn hasher(&self) -> &KeyHasher {
        self.0.app.hasher()
    }

    pub(crate) fn log(&self) -> &CallLog {
        &self.0.log
    }

    pub(crate) fn plain_callers(&self) -> &PlainCallers {
        &self.0.plain_callers
    }

    pub(crate) fn accepts_provider_keys(&self) -> bool {
        self.0.accept_provider_keys
    }

    /// How long a call in the background may stay open.
    pub(crate) fn background_deadline(&self) -> Duration {
        self.0.background_deadline
    }

    pub(crate) fn prices(&self) -> Arc<PriceBook> {
        Arc::clone(&self.0.prices.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn cooldowns(&self) -> &Cooldowns {
        &self.0.cooldowns
    }
}
