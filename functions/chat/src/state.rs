//! State shared by all calls of a process.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::FromRef;
use domain::calls::Wire;
use domain::keys::KeyHasher;
use domain::model_routes::ModelRouteRow;
use domain::pricing::PriceBook;
use ledger::catalog::{self, Catalog};
use ledger::{Database, DbError};
use platform::CallLog;
use platform::secrets::Secrets;
use upstream::{Client, ClientError, UpstreamConfig};
use web::{ApiError, AppState};

use crate::Config;
use crate::call::PlainCallers;
use crate::fallback::{Cooldowns, Plan};
use crate::incoming::IncomingRequest;
use crate::upstreams::{Clients, Registry, Upstream};

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    App(#[from] web::StartError),
    #[error(transparent)]
    Upstream(#[from] ClientError),
}

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
    /// Reads the secrets and prepares the clients. The database need not be reachable yet.
    pub async fn new(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.app.aws);
        let database = database(&config, &secrets)?;
        Self::with_database(config, secrets, database).await
    }

    /// As [`ChatState::new`], and opens the first connection and loads the prices at the same time: that needs none of
    /// the secrets of calls. If it fails, the first call does it.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let secrets = Secrets::new(&config.app.aws);
        let database = database(&config, &secrets)?;
        // The database comes first: what it does takes longest.
        let (loaded, state) = tokio::try_join!(
            async { Ok(catalog::load(&database).await) },
            Self::with_database(config, secrets, database.clone()),
        )?;
        match loaded {
            Ok(loaded) => state.keep(loaded),
            Err(error) => warn_unreachable(&error),
        }
        Ok(state)
    }

    async fn with_database(config: Config, secrets: Secrets, database: Database) -> Result<Self, StartError> {
        // Together: one after the other, two slow reads would take longer than Lambda waits for a start.
        let (app, upstream, anthropic, gemini, bedrock) = tokio::join!(
            AppState::with_database(database, &config.app.pepper, &secrets),
            Client::new(config.upstream, secrets.clone()),
            optional_client(config.anthropic, &secrets),
            optional_client(config.gemini, &secrets),
            optional_client(config.bedrock, &secrets),
        );
        let upstream = upstream?;
        Ok(Self(Arc::new(Shared {
            app: app?,
            clients: Clients::new(upstream.clone(), config.upstream_keys, secrets),
            registry: RwLock::default(),
            cooldowns: Cooldowns::default(),
            upstream,
            anthropic: anthropic?,
            gemini: gemini?,
            bedrock: bedrock?,
            accept_provider_keys: config.accept_provider_keys,
            background_deadline: config.background_deadline,
            log: config.call_log,
            plain_callers: PlainCallers::default(),
            // Version 0 is never current, so the first admission loads the prices at the latest.
            prices: RwLock::default(),
        })))
    }

    /// Opens the first connection and loads the prices. If this fails, the first call does it.
    pub async fn warm_up(&self) {
        if let Err(error) = self.reload_prices().await {
            warn_unreachable(&error);
        }
    }

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

    fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.0.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn find_upstream(&self, name: &str) -> Option<Arc<Upstream>> {
        self.registry().upstreams.get(name).cloned()
    }

    /// Whether an upstream is still the registered one.
    pub(crate) fn is_current(&self, upstream: &Arc<Upstream>) -> bool {
        let name = upstream.facts().name.as_str();
        self.registry().upstreams.get(name).is_some_and(|current| Arc::ptr_eq(current, upstream))
    }

    pub(crate) fn cooldowns(&self) -> &Cooldowns {
        &self.0.cooldowns
    }

    /// Where a call with this model may be sent; `None` if that is not the name of a route.
    pub(crate) fn plan(&self, wire: Wire, model: &str) -> Option<Plan> {
        let registry = self.registry();
        let row = registry.routes.find(wire, model)?;
        Some(Plan::of(row, &registry, |wire| self.upstream_of(wire).is_ok()))
    }

    /// Whether the model of a request may turn out to be the name of a route.
    pub(crate) fn may_be_routed(&self, incoming: &IncomingRequest, wire: Wire) -> bool {
        incoming.may_be_routed() && self.registry().routes.has_any_of(wire)
    }

    pub(crate) fn is_current_plan(&self, plan: &Plan) -> bool {
        plan.is_current(&self.registry())
    }

    pub(crate) fn find_route(&self, wire: Wire, model: &str) -> Option<Arc<ModelRouteRow>> {
        self.registry().routes.find(wire, model).cloned()
    }

    pub(crate) fn routes_of(&self, wire: Wire) -> Vec<Arc<ModelRouteRow>> {
        self.registry().routes.of_wire(wire)
    }

    /// The names that paths can begin with, those of the environment among them.
    pub(crate) fn upstream_names(&self) -> Vec<String> {
        let own = [
            ("openai", true),
            ("anthropic", self.0.anthropic.is_some()),
            ("gemini", self.0.gemini.is_some()),
            ("bedrock", self.0.bedrock.is_some()),
        ];
        let own = own.into_iter().filter(|(_, is_served)| *is_served).map(|(name, _)| name.to_owned());
        let mut names: Vec<String> = self.registry().upstreams.keys().cloned().chain(own).collect();
        names.sort();
        names
    }

    /// Looks for upstreams that were added since, at most once a second.
    pub(crate) async fn reload_for_unknown(&self) -> Result<(), DbError> {
        if self.0.clients.may_reload() { self.reload_prices().await } else { Ok(()) }
    }

    /// Prices, and the upstreams with them.
    pub(crate) async fn reload_prices(&self) -> Result<(), DbError> {
        self.keep(catalog::load(self.database()).await?);
        Ok(())
    }

    fn keep(&self, Catalog { prices, upstreams, model_routes }: Catalog) {
        let registry = Arc::new(self.0.clients.registry(upstreams, model_routes, &self.registry()));
        *self.0.registry.write().unwrap_or_else(PoisonError::into_inner) = registry;
        *self.0.prices.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(prices);
    }
}

fn warn_unreachable(error: &DbError) {
    tracing::warn!(%error, "The database is not reachable at start; the first call will connect.");
}

fn database(config: &Config, secrets: &Secrets) -> Result<Database, StartError> {
    let database = Database::new(config.app.database.clone(), secrets.clone());
    Ok(database.map_err(web::StartError::from)?)
}

/// The client of a provider that is configured.
async fn optional_client(
    config: Option<UpstreamConfig>,
    secrets: &Secrets,
) -> Result<Option<Client>, ClientError> {
    match config {
        Some(config) => Client::new(config, secrets.clone()).await.map(Some),
        None => Ok(None),
    }
}
