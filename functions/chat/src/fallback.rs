//! Model routes: a call whose model is the name of one is tried at its targets in their order.

mod cooldown;
mod plan;
mod send;

use std::collections::HashMap;
use std::sync::Arc;

use domain::calls::Wire;
use domain::model_routes::ModelRouteRow;

pub(crate) use self::cooldown::Cooldowns;
pub(crate) use self::plan::{Plan, PlannedTarget, Routing};
pub(crate) use self::send::{Outgoing, send};

/// All routes by the name that callers use.
#[derive(Default)]
pub(crate) struct ModelRoutes(HashMap<String, Vec<Arc<ModelRouteRow>>>);

impl ModelRoutes {
    /// Those that have not changed stay the same, so that a plan can be compared with them.
    pub(crate) fn of(rows: Vec<ModelRouteRow>, before: &Self) -> Self {
        let mut routes: HashMap<String, Vec<_>> = HashMap::new();
        for row in rows {
            let same = before.find(row.facts.wire, &row.facts.model).filter(|known| ***known == row);
            let row = same.cloned().unwrap_or_else(|| Arc::new(row));
            routes.entry(row.facts.model.clone()).or_default().push(row);
        }
        Self(routes)
    }

    pub(crate) fn find(&self, wire: Wire, model: &str) -> Option<&Arc<ModelRouteRow>> {
        self.0.get(model)?.iter().find(|row| row.facts.wire == wire)
    }

    pub(crate) fn has_any_of(&self, wire: Wire) -> bool {
        self.0.values().flatten().any(|row| row.facts.wire == wire)
    }

    /// Those of a format, by name.
    pub(crate) fn of_wire(&self, wire: Wire) -> Vec<Arc<ModelRouteRow>> {
        let mut routes: Vec<_> =
            self.0.values().flatten().filter(|row| row.facts.wire == wire).cloned().collect();
        routes.sort_by(|one, other| one.facts.model.cmp(&other.facts.model));
        routes
    }
}
