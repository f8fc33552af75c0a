//! Where a call may be sent: the targets of a route as they are registered when the call comes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::calls::{Bound, Wire};
use domain::model_routes::{ModelRouteRow, RouteTarget};
use domain::provider::Provider;

use super::Cooldowns;
use crate::upstreams::{Registry, Upstream, provider_of};

/// Whether a call's model can be the name of a route.
pub(crate) enum Routing {
    /// Its path names the upstream, or the caller pays the provider.
    Fixed,
    /// It can, and there is none.
    Unrouted,
    Planned(Plan),
}

pub(crate) struct Plan {
    row: Arc<ModelRouteRow>,
    targets: Vec<PlannedTarget>,
}

pub(crate) struct PlannedTarget {
    pub target: RouteTarget,
    /// A registered one; `None` is a provider of the environment.
    pub upstream: Option<Arc<Upstream>>,
    pub provider: Provider,
    /// As its price is found.
    pub priced_model: String,
    /// Known once the call's bound is.
    has_price: bool,
}

impl Plan {
    /// Targets whose upstream does not exist any more are left out.
    pub(crate) fn of(row: &Arc<ModelRouteRow>, registry: &Registry, has_own: impl Fn(Wire) -> bool) -> Self {
        let planned = |target: &RouteTarget| {
            let (upstream, provider) = match target.upstream.own_wire() {
                Some(wire) if has_own(wire) => (None, provider_of(wire)),
                Some(_) => return None,
                None => {
                    let upstream = registry.upstreams.get(target.upstream.as_str())?;
                    (Some(Arc::clone(upstream)), upstream.facts().price_provider.clone())
                }
            };
            let named = upstream.as_ref().and_then(|upstream| upstream.facts().models.get(&target.model));
            let priced_model = named.unwrap_or(&target.model).clone();
            Some(PlannedTarget { target: target.clone(), upstream, provider, priced_model, has_price: false })
        };
        Self { row: Arc::clone(row), targets: row.facts.targets.iter().filter_map(planned).collect() }
    }

    /// As callers name it.
    pub(crate) fn model(&self) -> &str {
        &self.row.facts.model
    }

    pub(crate) fn targets(&self) -> &[PlannedTarget] {
        &self.targets
    }

    /// Leaves out targets; returns whether any is left.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&PlannedTarget) -> bool) -> bool {
        self.targets.retain(is_kept);
        !self.targets.is_empty()
    }

    pub(crate) fn keep_first(&mut self) {
        self.targets.truncate(1);
    }

    /// The bound of the call, whichever target answers it.
    pub(crate) fn bound(&mut self, of: impl Fn(&PlannedTarget) -> Bound) -> Option<Bound> {
        let bounds: Vec<Bound> = self.targets.iter().map(of).collect();
        for (target, bound) in self.targets.iter_mut().zip(&bounds) {
            target.has_price = bound.price.is_some();
        }
        Bound::largest(bounds)
    }

    /// Whether the route and its upstreams are still the registered ones.
    pub(crate) fn is_current(&self, registry: &Registry) -> bool {
        let route = registry.routes.find(self.row.facts.wire, self.model());
        let is_same = |known: &Arc<Upstream>, name: &str| {
            registry.upstreams.get(name).is_some_and(|current| Arc::ptr_eq(current, known))
        };
        route.is_some_and(|row| Arc::ptr_eq(row, &self.row))
            && self.targets.iter().all(|planned| {
                let name = planned.target.upstream.as_str();
                planned.upstream.as_ref().is_none_or(|known| is_same(known, name))
            })
    }

    /// The order of the tries: those that have just failed come last. A hard limit on money leaves out targets without
    /// a price, which nothing was reserved for.
    pub(super) fn tries(
        &self,
        cooldowns: &Cooldowns,
        needs_price: bool,
        now: Instant,
    ) -> Vec<&PlannedTarget> {
        let mut tries: Vec<&PlannedTarget> =
            self.targets.iter().filter(|planned| planned.has_price || !needs_price).collect();
        tries.sort_by_key(|planned| cooldowns.is_cooling(&planned.target, now));
        tries
    }
}

impl PlannedTarget {
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.target.timeout_seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }
}
