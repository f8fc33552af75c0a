//! Single calls in the order of cost and latency.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::question::Asked;
use super::world::World;
use crate::model::{Rng, folded};

pub(super) async fn check_ranked(world: &World, rng: &mut Rng, context: &str) {
    let asked = loop {
        let asked = Asked::random(rng, &world.keys, false);
        if asked.range.1 - asked.range.0 <= TimeDelta::days(31) {
            break asked;
        }
    };
    let status = rng.one_in(2).then(|| *rng.pick(&["settled", "abandoned", "failed"]));
    let filter = status.map(|status| format!("&status={status}")).unwrap_or_default();
    for sort in ["-cost_usd", "-latency_ms"] {
        let mut expected = expected(world, &asked, status, sort == "-cost_usd");
        expected.sort_unstable_by(|a, b| b.cmp(a));
        let expected: Vec<String> =
            expected.into_iter().map(|(_, _, id)| format!("call_{}", id.simple())).collect();
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/usage/calls?limit=23&sort={sort}&{}{filter}{cursor}", asked.query);
            let page = world.ask(&path).await;
            let ids = page["data"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap());
            found.extend(ids.map(str::to_owned));
            let Value::String(next) = &page["next_cursor"] else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, expected, "{context} {sort} {}{filter}", asked.query);
    }
}

/// Rank, time and id of each call. Calls without a cost or latency rank last.
fn expected(
    world: &World,
    asked: &Asked,
    status: Option<&str>,
    by_cost: bool,
) -> Vec<(i128, DateTime<Utc>, Uuid)> {
    let rows = asked.rows(world);
    let place = |(id, (call, sums)): (Uuid, (crate::model::Row, crate::model::Sums))| {
        let own = || rows.iter().filter(move |row| row.id == id && !row.is_entry);
        let latency = own().filter_map(|row| row.latency).next_back().map(i128::from);
        let cost = (sums.unpriced == 0).then_some(sums.cost).flatten();
        let at = own().find(|row| row.revision == 0)?.created_at;
        let is_asked = at >= asked.range.0 && at < asked.range.1;
        let rank = if by_cost { cost } else { latency }.unwrap_or(-1);
        (is_asked && status.is_none_or(|status| call.status == status)).then_some((rank, at, id))
    };
    folded(&rows, DateTime::<Utc>::MAX_UTC).into_iter().filter_map(place).collect()
}
