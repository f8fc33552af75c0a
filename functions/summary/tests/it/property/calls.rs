//! Single calls and exports.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use testkit::get;
use uuid::Uuid;

use super::question::Asked;
use super::world::World;
use crate::model::{Rng, folded};
use crate::receipts::assert_adds_up;

pub(super) async fn check_calls(world: &World, rng: &mut Rng, context: &str) {
    let asked = Asked::random(rng, &world.keys, true);
    let status = rng.one_in(2).then(|| *rng.pick(&["settled", "abandoned", "failed"]));
    let query =
        format!("{}{}", asked.query, status.map(|status| format!("&status={status}")).unwrap_or_default());
    let context = format!("{context} {query}");
    let starts: HashMap<Uuid, DateTime<Utc>> =
        world.rows.iter().filter(|row| row.revision == 0).map(|row| (row.id, row.created_at)).collect();
    let mut expected: Vec<(DateTime<Utc>, Uuid, String)> =
        folded(&asked.rows(world), DateTime::<Utc>::MAX_UTC)
            .into_iter()
            .map(|(id, (call, sums))| (starts[&id], id, call, sums))
            .filter(|(at, _, call, _)| {
                *at >= asked.range.0
                    && *at < asked.range.1
                    && status.is_none_or(|status| call.status == status)
            })
            .map(|(at, id, call, sums)| {
                let cost = (sums.unpriced == 0).then_some(sums.cost).flatten();
                let cost = cost.map(|cost| domain::money::PicoUsdSum::from_pico(cost).to_string());
                let text =
                    format!("call_{} {} {} {} {cost:?}", id.simple(), call.status, sums.input, sums.output);
                (at, id, text)
            })
            .collect();
    expected.sort_unstable_by(|a, b| b.cmp(a));
    let expected: Vec<String> = expected.into_iter().map(|(.., text)| text).collect();
    let text = |call: &Value| {
        let text_of = |field: &str| call[field].as_str().map(str::to_owned);
        let (id, status) = (text_of("id").unwrap(), text_of("status").unwrap());
        format!("{id} {status} {} {} {:?}", call["input_tokens"], call["output_tokens"], text_of("cost_usd"))
    };
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = world.ask(&format!("/api/usage/calls?limit=37&count=true&{query}{cursor}")).await;
        assert_eq!(page["calls"], expected.len(), "{context}");
        found.extend(page["data"].as_array().unwrap().iter().map(text));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, expected, "{context}");
    if let Some((id, _)) = found.first().and_then(|call| call.split_once(' ')) {
        let basis = if asked.is_current { "current" } else { "billed" };
        assert_adds_up(&world.ask(&format!("/api/usage/calls/{id}?cost={basis}")).await);
    }
    let export = get(&world.router, &format!("/api/usage/export?format=ndjson&{query}"), &world.key).await;
    let lines: Vec<Value> = export.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut exported: Vec<String> = lines.iter().map(text).collect();
    exported.reverse();
    assert_eq!(exported, expected, "export {context}");
}
