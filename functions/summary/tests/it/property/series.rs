//! Series.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::question::{Asked, GROUPINGS, Group, assert_near, group_by, group_of, value_of};
use super::world::World;
use crate::model::{Rng, Share, Sums, numbers_of, shares};

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
];

/// Identifies a bucket: its truncated local time, and the offset where hours may repeat.
fn bucket_key(local: &str, interval: &str, at: DateTime<Utc>) -> String {
    let date = || chrono::NaiveDate::parse_from_str(&local[..10], "%Y-%m-%d").unwrap();
    match interval {
        "15m" => (at.timestamp() / 900).to_string(),
        "hour" => format!("{} {}", &local[..13], &local[16..]),
        "day" => local[..10].to_owned(),
        "week" => date().week(chrono::Weekday::Mon).first_day().to_string(),
        _ => local[..7].to_owned(),
    }
}

pub(super) async fn check_series(world: &World, rng: &mut Rng, outcomes: &mut Rng, context: &str) {
    let mut asked = Asked::random(rng, &world.keys, false);
    // Hours of Lord Howe are 30 or 90 minutes long when its clocks change; the two rules part there.
    let zone = *rng.pick(&ZONES);
    let interval = *rng.pick(&["15m", "hour", "day", "day", "week", "month"]);
    if interval == "15m" || interval == "hour" {
        asked.range.1 = asked.range.1.min(asked.range.0 + TimeDelta::days(4));
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let (_, rest) = asked.query.split_once("&to=").unwrap();
        let filters = rest.split_once('&').map_or(String::new(), |(_, filters)| format!("&{filters}"));
        asked.query = format!("from={}&to={}{filters}", text(asked.range.0), text(asked.range.1));
    }
    let asked = asked.with_outcome(outcomes);
    let fields = *rng.pick(&GROUPINGS);
    let top = rng.one_in(2).then(|| rng.below(4));
    let top_query = top.map(|top| format!("&top={top}")).unwrap_or_default();
    let path = format!(
        "/api/usage/timeseries?{}&details=true&group_by={}&interval={interval}&tz={zone}{top_query}",
        asked.query,
        group_by(fields)
    );
    let context = format!("{context} {path}");
    let answer = world.ask(&path).await;
    let in_range = |share: &Share| share.at >= asked.range.0 && share.at < asked.range.1;
    let mut shares = shares(&asked.rows(world), fields.contains(&"status") || asked.status.is_some());
    shares.retain(|share| asked.status.is_none_or(|status| share.status == status));
    shares.retain(in_range);
    let series = answer["series"].as_array().unwrap();
    let starts: Vec<DateTime<Utc>> = series.first().map_or(Vec::new(), |series| {
        let starts = series["points"].as_array().unwrap().iter();
        starts.map(|point| point["start"].as_str().unwrap().parse().unwrap()).collect()
    });
    let mut instants = starts.clone();
    instants.extend(shares.iter().map(|share| share.at));
    let local = world.local(zone, &instants).await;
    let key_of = |at: DateTime<Utc>| bucket_key(&local[&at], interval, at);
    let named: Vec<Group> = series
        .iter()
        .filter(|series| series["is_other"] == false)
        .map(|series| group_of(&series["group"], fields))
        .collect();
    // Group, or none for the others → bucket → sums.
    let mut expected: BTreeMap<Option<Group>, BTreeMap<String, Sums>> = BTreeMap::new();
    // All groups with their whole sums, for the ranking.
    let mut whole: BTreeMap<Group, Sums> = BTreeMap::new();
    for share in &shares {
        let group: Vec<_> = fields.iter().map(|field| value_of(share, field)).collect();
        whole.entry(group.clone()).or_default().add_signed(&share.row, share.sign);
        let bucket = expected.entry(named.contains(&group).then_some(group)).or_default();
        bucket.entry(key_of(share.at)).or_default().add_signed(&share.row, share.sign);
    }
    expected.retain(|_, buckets| buckets.values().any(|sums| !sums.is_nothing()));
    if fields.is_empty() {
        whole.entry(Group::new()).or_default();
        expected.entry(named.first().cloned()).or_default();
    }
    assert_named(&named, &whole, top, &context);
    assert_eq!(series.len(), expected.len(), "{context}: series");
    for series in series {
        let group = (series["is_other"] == false).then(|| group_of(&series["group"], fields));
        let mut buckets = expected.remove(&group).unwrap_or_else(|| panic!("{context}: {group:?}"));
        for (start, point) in starts.iter().zip(series["points"].as_array().unwrap()) {
            let sums = buckets.remove(&key_of(*start)).unwrap_or_default();
            assert_eq!(numbers_of(point), sums.numbers(), "{context}: {group:?} at {start}");
            assert_near(point, &sums, &context);
        }
        assert!(buckets.is_empty(), "{context}: {group:?} lacks {buckets:?}");
    }
}

/// The most expensive groups have a series each, as many as asked for; behind them those whose sums over the whole
/// range are 0, if those of its buckets are not.
fn assert_named(named: &[Group], whole: &BTreeMap<Group, Sums>, top: Option<u64>, context: &str) {
    let cost = |sums: &Sums| sums.cost.unwrap_or_default();
    let something = whole.values().filter(|sums| !sums.is_nothing());
    let mut costs: Vec<i128> = something.map(cost).collect();
    costs.sort_unstable_by(|a, b| b.cmp(a));
    let top = usize::try_from(top.unwrap_or(u64::MAX)).unwrap();
    assert!((costs.len().min(top)..=whole.len().min(top)).contains(&named.len()), "{context}: {named:?}");
    costs.resize(named.len(), 0);
    let found: Vec<i128> = named.iter().map(|group| cost(&whole[group])).collect();
    assert_eq!(found, costs, "{context}");
}
