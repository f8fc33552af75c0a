//! Calls of several callers that share a limit are admitted together: as one after the other.

use domain::calls::{Admission, Verdict};
use domain::ids::CallId;
use futures_util::future::join_all;
use ledger::calls::admit;
use serde_json::{Value, json};

use super::calls::admission;
use super::model::RATE;
use super::together::{World, compared};

const CALLS: usize = 13;
const LABELS: [&str; 3] = ["one", "two", "three"];
const AMPLE: i64 = 1_000_000_000;

const GLOBAL: (&str, &str, &str, i64, &str) = ("global", "", "usd", AMPLE * RATE, "hard");
const EACH: (&str, &str, &str, i64, &str) = ("label", "*", "tokens", AMPLE, "hard");
const TEAMS: (&str, &str, &str, i64, &str) = ("tag", "team=*", "concurrency", AMPLE, "soft");

/// Of all labels in turn, some with an output bound and some with a tag.
fn calls<'a>(world: &World, tags: &'a Value) -> Vec<Admission<'a>> {
    (0..CALLS)
        .map(|place| Admission {
            label: Some(LABELS[place % LABELS.len()]),
            tags: (place % 4 == 0).then_some(tags),
            ..admission(CallId::generate(), world.price_version, (place % 5 > 0).then_some(50))
        })
        .collect()
}

/// The first goes at once, and the others together behind it. Returns verdicts as texts, of calls that are admitted
/// together and of those admitted one after the other.
async fn decided(together: &World, in_turn: &World) -> [Vec<String>; 2] {
    let tags = json!({"team": "a"});
    for world in [together, in_turn] {
        // Opens the windows.
        for label in LABELS {
            let call = Admission {
                label: Some(label),
                tags: Some(&tags),
                ..admission(CallId::generate(), world.price_version, Some(1))
            };
            admit(&world.database, &call).await.unwrap();
        }
    }
    let batch = calls(together, &tags);
    let verdicts = join_all(batch.iter().map(|call| admit(&together.database, call))).await;
    let verdicts: Vec<Verdict> = verdicts.into_iter().map(Result::unwrap).collect();
    let mut singles = Vec::new();
    for call in calls(in_turn, &tags) {
        singles.push(compared(&admit(&in_turn.database, &call).await.unwrap()));
    }
    [verdicts.iter().map(compared).collect(), singles]
}

/// How many labels have calls in the transaction that admitted most.
async fn labels_of_a_batch(world: &World) -> Value {
    let sql = "select count(distinct user_label) as labels from open_calls group by xmin::text order by count(*) desc limit 1";
    world.db.rows(sql).await[0]["labels"].clone()
}

#[tokio::test]
async fn calls_of_several_callers_are_admitted_together() {
    let limits = [GLOBAL, EACH, TEAMS];
    let (together, in_turn) = (World::start(&limits).await, World::start(&limits).await);
    let [verdicts, singles] = decided(&together, &in_turn).await;
    assert_eq!(verdicts, singles);
    assert_eq!(together.state().await, in_turn.state().await);
    assert_eq!(labels_of_a_batch(&together).await, 3);
}

#[tokio::test]
async fn caller_without_room_leaves_a_batch_to_the_others() {
    let limits = [GLOBAL, ("label", "two", "tokens", 400, "hard"), ("label", "three", "requests", 3, "soft")];
    let (together, in_turn) = (World::start(&limits).await, World::start(&limits).await);
    let [verdicts, singles] = decided(&together, &in_turn).await;
    let is_refused = |verdict: &String| verdict.starts_with("Limited");
    let refused: Vec<bool> = verdicts.iter().map(is_refused).collect();
    assert_eq!(refused, singles.iter().map(is_refused).collect::<Vec<_>>());
    assert!(
        (1..CALLS / 3).contains(&refused.iter().filter(|is_refused| **is_refused).count()),
        "{verdicts:?}"
    );
    assert_eq!(together.state().await, in_turn.state().await);
    assert_eq!(labels_of_a_batch(&together).await, 2);
}
