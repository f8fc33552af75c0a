//! Upstreams that administrators have registered, kept in memory with the prices.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::calls::Wire;
use domain::model_routes::ModelRouteRow;
use domain::provider::Provider;
use domain::upstreams::{AwsRegion, UpstreamAuth, UpstreamFacts, UpstreamRow};
use platform::environment::SecretSource;
use platform::secrets::Secrets;
use secrecy::SecretString;
use upstream::{Auth, Client};

use crate::fallback::ModelRoutes;

/// How often a name that is not known may ask the database for new ones.
const SHORTEST_RELOAD: Duration = Duration::from_secs(1);

/// A registered upstream and the client that sends to it.
pub(crate) struct Upstream {
    row: UpstreamRow,
    client: Client,
}

impl Upstream {
    pub(crate) fn facts(&self) -> &UpstreamFacts {
        &self.row.facts
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }
}

/// What administrators have registered.
#[derive(Default)]
pub(crate) struct Registry {
    /// By name.
    pub upstreams: HashMap<String, Arc<Upstream>>,
    pub routes: ModelRoutes,
}

/// What clients of upstreams are made from.
pub(crate) struct Clients {
    /// Its connections are shared.
    pub like: Client,
    /// Keys by the variables that hold them.
    pub keys: HashMap<String, SecretString>,
    pub secrets: Secrets,
    last_reload: Mutex<Option<Instant>>,
}

impl Clients {
    pub(crate) fn new(like: Client, keys: HashMap<String, SecretString>, secrets: Secrets) -> Self {
        Self { like, keys, secrets, last_reload: Mutex::default() }
    }

    /// Those that have not changed stay as they are, with the keys that they have read.
    pub(crate) fn registry(
        &self,
        rows: Vec<UpstreamRow>,
        routes: Vec<ModelRouteRow>,
        before: &Registry,
    ) -> Registry {
        let of_row = |row: UpstreamRow| {
            let name = row.facts.name.to_string();
            let same = before.upstreams.get(&name).filter(|upstream| upstream.row == row);
            let upstream = same.cloned().unwrap_or_else(|| Arc::new(self.upstream(row)));
            (name, upstream)
        };
        Registry {
            upstreams: rows.into_iter().map(of_row).collect(),
            routes: ModelRoutes::of(routes, &before.routes),
        }
    }

    fn upstream(&self, row: UpstreamRow) -> Upstream {
        let facts = &row.facts;
        let variable = facts.name.key_variable();
        let key = match &facts.secret_arn {
            Some(arn) => Some(SecretSource::Arn(arn.clone())),
            None => self.keys.get(&variable).cloned().map(SecretSource::Value),
        };
        let auth = (auth(facts.auth, key.is_some()), facts.region.as_ref().map(AwsRegion::as_str));
        // Without a key, calls are refused.
        let key = key.unwrap_or_else(|| SecretSource::Value(SecretString::default()));
        let client = self.like.with_server(facts.base_url.as_str(), auth, key, self.secrets.clone());
        Upstream { row, client }
    }

    /// Whether a name that is not known may be looked for again.
    pub(crate) fn may_reload(&self) -> bool {
        let mut last = self.last_reload.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|at| at.elapsed() >= SHORTEST_RELOAD);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

/// Who is paid at the provider of the environment.
pub(crate) const fn provider_of(wire: Wire) -> Provider {
    match wire {
        Wire::OpenAi => Provider::OPENAI,
        Wire::Anthropic => Provider::ANTHROPIC,
        Wire::Gemini => Provider::GOOGLE,
        Wire::Bedrock => Provider::BEDROCK,
    }
}

const fn auth(auth: UpstreamAuth, has_key: bool) -> Auth {
    match auth {
        UpstreamAuth::Bearer => Auth::Bearer,
        UpstreamAuth::XApiKey => Auth::Header("x-api-key"),
        UpstreamAuth::ApiKey => Auth::Header("api-key"),
        UpstreamAuth::XGoogApiKey => Auth::Header("x-goog-api-key"),
        UpstreamAuth::SigV4 if has_key => Auth::AccessKey,
        UpstreamAuth::SigV4 => Auth::SigV4,
        UpstreamAuth::None => Auth::None,
    }
}
