//! What administrators decide about how calls are sent and what they cost, kept in memory: prices, upstreams, routes.

use std::sync::{Arc, PoisonError};

use domain::calls::Wire;
use domain::model_routes::ModelRouteRow;
use ledger::DbError;
use ledger::catalog::{self, Catalog};

use super::ChatState;
use crate::fallback::Plan;
use crate::incoming::IncomingRequest;
use crate::upstreams::{Registry, Upstream};

impl ChatState {
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

    pub(super) fn keep(&self, Catalog { prices, upstreams, model_routes }: Catalog) {
        let registry = Arc::new(self.0.clients.registry(upstreams, model_routes, &self.registry()));
        *self.0.registry.write().unwrap_or_else(PoisonError::into_inner) = registry;
        *self.0.prices.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(prices);
    }
}
