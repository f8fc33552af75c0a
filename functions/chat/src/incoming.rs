//! A request as it arrives, before anything of it is checked.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use domain::calls::Wire;
use domain::ids::{CallId, RequestId};
use domain::provider::Provider;
use domain::upstreams::PriceSource;
use http::request::Parts;
use http::{Extensions, HeaderMap};
use platform::CorrelationIds;
use upstream::Client;
use web::{ApiError, Deadline};

use crate::route::Route;
use crate::state::ChatState;
use crate::upstreams::{Upstream, provider_of};

/// What every handler needs of a request besides its body, which is read only after the key was checked.
pub(crate) struct IncomingRequest {
    request_id: RequestId,
    pub headers: HeaderMap,
    pub query: Option<String>,
    pub arrived_at: Instant,
    /// The host's deadline, if it has one.
    pub deadline: Option<Deadline>,
    pub ids: CorrelationIds,
    /// Where it is sent, if its path began with the name of an upstream.
    pub route: Option<Route>,
    /// Whether its path names the provider without a route, as `/gemini` does.
    is_below_prefix: bool,
}

impl IncomingRequest {
    /// A call has the id of its request, so that one id finds it in logs, headers and the ledger.
    pub(crate) fn call_id(&self) -> CallId {
        CallId::from_uuid(self.request_id.as_uuid())
    }

    /// The registered upstream that it is sent to; `None` is a provider of the environment.
    pub(crate) fn upstream(&self) -> Option<&Arc<Upstream>> {
        self.route.as_ref().and_then(Route::upstream)
    }

    /// The client of where it is sent.
    pub(crate) fn client<'a>(&'a self, wire: Wire, state: &'a ChatState) -> Result<&'a Client, ApiError> {
        self.upstream().map_or_else(|| state.upstream_of(wire), |upstream| Ok(upstream.client()))
    }

    #[must_use]
    pub(crate) fn below_prefix(mut self, is_below_prefix: bool) -> Self {
        self.is_below_prefix = is_below_prefix;
        self
    }

    /// Whether its model may be the name of a model route: its path names no upstream.
    pub(crate) fn may_be_routed(&self) -> bool {
        self.route.is_none() && !self.is_below_prefix
    }

    /// Sends it to the upstream that has what it is about.
    pub(crate) fn send_to(&mut self, upstream: Arc<Upstream>) {
        self.route = Some(Route::to(upstream));
    }

    /// How long a client of Google lets the provider take, in whole seconds.
    pub(crate) fn timeout(&self, wire: Wire) -> Option<Duration> {
        if wire != Wire::Gemini {
            return None;
        }
        let seconds = self.headers.get("x-server-timeout")?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds)).filter(|timeout| !timeout.is_zero())
    }

    /// Takes the upstream as it is registered by now.
    pub(crate) fn renew_route(&mut self, state: &ChatState) -> Result<(), ApiError> {
        if let Some(route) = &self.route {
            self.route = Some(route.renewed(state)?);
        }
        Ok(())
    }

    /// Who is paid for it.
    pub(crate) fn provider(&self, wire: Wire) -> Provider {
        match self.upstream() {
            Some(upstream) => upstream.facts().price_provider.clone(),
            None => provider_of(wire),
        }
    }

    /// The name of the registered upstream.
    pub(crate) fn upstream_name(&self) -> Option<String> {
        self.upstream().map(|upstream| upstream.facts().name.to_string())
    }

    /// Whose figure is the cost of the call.
    pub(crate) fn price_source(&self) -> PriceSource {
        self.upstream().map(|upstream| upstream.facts().price_source).unwrap_or_default()
    }

    /// The path at the upstream of what providers have at `path`.
    pub(crate) fn path_at_upstream(&self, path: String) -> String {
        match &self.route {
            Some(route) => route.path(&path, &self.query_to_pass_on()),
            None => path,
        }
    }

    /// The same for a path that has the caller's query already.
    pub(crate) fn path_at_upstream_alone(&self, path: String) -> String {
        self.route.as_ref().map_or(path.clone(), |route| route.path(&path, ""))
    }

    /// The query as Google gets it. Its servers take more than they document, such as headers, another key, or a list of
    /// the members to answer with, so only what changes neither the caller nor what metering reads is passed on.
    pub(crate) fn gemini_query(&self) -> String {
        const PASSED: [&str; 5] = ["alt", "%24alt", "$alt", "pageSize", "pageToken"];
        let pairs = self.query.as_deref().unwrap_or_default().split('&');
        let is_passed = |pair: &&str| PASSED.contains(&pair.split('=').next().unwrap_or_default());
        let passed: Vec<&str> = pairs.filter(is_passed).collect();
        if passed.is_empty() { String::new() } else { format!("?{}", passed.join("&")) }
    }

    /// The query as the provider gets it, with its question mark: without a key.
    pub(crate) fn query_to_pass_on(&self) -> String {
        let pairs = self.query.as_deref().unwrap_or_default().split('&');
        let passed: Vec<&str> =
            pairs.filter(|pair| !pair.is_empty() && *pair != "key" && !pair.starts_with("key=")).collect();
        if passed.is_empty() { String::new() } else { format!("?{}", passed.join("&")) }
    }
}

/// What [`IncomingRequest`] reads of the extensions of a request.
pub(crate) fn carried_extensions(from: &mut Extensions) -> Extensions {
    let mut carried = Extensions::new();
    if let Some(id) = from.remove::<RequestId>() {
        carried.insert(id);
    }
    if let Some(deadline) = from.remove::<Deadline>() {
        carried.insert(deadline);
    }
    if let Some(ids) = from.remove::<CorrelationIds>() {
        carried.insert(ids);
    }
    carried
}

impl<S: Sync> FromRequestParts<S> for IncomingRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let arrived_at = Instant::now();
        let request_id = parts.extensions.get().copied();
        let request_id =
            request_id.ok_or_else(|| ApiError::Internal("the request has no id: add web::finish".into()))?;
        let deadline = parts.extensions.get().copied();
        let ids = parts.extensions.remove().unwrap_or_default();
        let route = parts.extensions.remove();
        let headers = std::mem::take(&mut parts.headers);
        let query = parts.uri.query().map(str::to_owned);
        Ok(Self { request_id, headers, query, arrived_at, deadline, ids, route, is_below_prefix: false })
    }
}
