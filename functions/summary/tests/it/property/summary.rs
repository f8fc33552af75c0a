//! Summaries.

use std::collections::BTreeMap;

use super::question::{Asked, GROUPINGS, Group, assert_near, group_by, group_of, value_of};
use super::world::World;
use chrono::{DateTime, Utc};

use crate::model::{Rng, Row, Share, Sums, numbers_of, shares};

pub(super) async fn check_summary(world: &World, rng: &mut Rng, outcomes: &mut Rng, context: &str) {
    let asked = Asked::random(rng, &world.keys, true).with_outcome(outcomes);
    let fields = *rng.pick(&GROUPINGS);
    let path = format!("/api/usage/summary?{}&details=true&group_by={}", asked.query, group_by(fields));
    let context = format!("{context} {path}");
    let answer = world.ask(path.trim_end_matches('?')).await;
    let by_status = fields.contains(&"status") || asked.status.is_some();
    let has_status = |share: &Share| asked.status.is_none_or(|status| share.status == status);
    let is_in_range = |at: DateTime<Utc>| at >= asked.range.0 && at < asked.range.1;
    let rows = asked.rows(world);
    let has_left = |row: &Row| {
        let mut later = rows.iter().filter(|other| other.id == row.id && other.revision > row.revision);
        by_status && later.any(|other| other.is_move() && is_in_range(other.created_at))
    };
    let mut expected: BTreeMap<Group, (Sums, Option<DateTime<Utc>>)> = BTreeMap::new();
    for share in
        shares(&rows, by_status).into_iter().filter(|share| is_in_range(share.at) && has_status(share))
    {
        let group = fields.iter().map(|field| value_of(&share, field)).collect();
        let (sums, last_call_at) = expected.entry(group).or_default();
        sums.add_signed(&share.row, share.sign);
        if share.at == share.row.created_at && !has_left(&share.row) {
            *last_call_at = (*last_call_at).max(Some(share.at));
        }
    }
    expected.retain(|_, (sums, _)| !by_status || !sums.is_nothing());
    if fields.is_empty() {
        expected.entry(Group::new()).or_default();
    }
    let found: BTreeMap<_, _> =
        answer.as_array().unwrap().iter().map(|row| (group_of(row, fields), row.clone())).collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{context}");
    for (group, (sums, last_call_at)) in expected {
        let row = &found[&group];
        assert_eq!(numbers_of(row), sums.numbers(), "{context}: {group:?}");
        let found_at = row["last_call_at"].as_str().map(|text| text.parse().unwrap());
        assert_eq!(found_at, last_call_at, "{context}: {group:?}");
        assert_near(row, &sums, &context);
    }
}
