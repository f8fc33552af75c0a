//! Limits against a model: whatever order calls are admitted, settled, lost and swept in, whatever limits are made,
//! changed and deleted at the same time, and wherever windows end, no hard limit holds more than its cap and every
//! count is the sum of what its calls did.

mod callers;
mod calls;
mod changing;
mod endings;
mod model;
mod together;
mod world;

use serde_json::Value;

use self::model::Source;
use self::world::World;
pub(crate) use calls::{actor, admission, record};

const STEPS: usize = 250;

async fn step(world: &mut World) {
    match world.below(34) {
        0..=12 => world.admit().await,
        13..=19 => {
            if let Some(call) = world.take(|world| &mut world.open) {
                world.settle_in_time(call).await;
            }
        }
        20..=21 => {
            if let Some(call) = world.take(|world| &mut world.open) {
                world.settle_and_die(call).await;
            }
        }
        22 => {
            if let Some(call) = world.take(|world| &mut world.open) {
                world.lose_admission(call).await;
            }
        }
        23..=24 => {
            if let Some(call) = world.take(|world| &mut world.open) {
                world.sweep(call).await;
            }
        }
        25..=26 => {
            if let Some(call) = world.take(|world| &mut world.late) {
                world.settle_late(call).await;
            }
        }
        27 => world.change_a_limit().await,
        28 => world.flip_a_mode().await,
        29..=30 => world.lift_a_limit().await,
        31..=32 => world.make_a_limit().await,
        _ => world.roll_over().await,
    }
}

#[tokio::test]
async fn counts_are_exact_and_caps_hold_in_any_order_of_events() {
    let (mut ended, mut refused, mut made, mut restored, mut rolled_over) = (0, 0, 0, 0, 0);
    for seed in 0..8 {
        let mut world = World::new(seed).await;
        for _ in 0..STEPS {
            step(&mut world).await;
            world.check().await;
        }
        ended += world.ended;
        refused += world.refused;
        made += world.made_under_calls;
        restored += world.restored;
        rolled_over += world.rolled_over;
    }
    // Neither all let through nor nearly all refused: the counts above were about something.
    assert!(ended > 150 && refused > 50, "{ended} ended, {refused} refused");
    assert!(
        made > 10 && restored > 1 && rolled_over > 10,
        "under calls in flight {made} windows were made, {restored} came back, and {rolled_over} ended"
    );
}

#[tokio::test]
async fn call_settled_after_its_window_ended_is_booked_where_it_was_reserved() {
    let mut world = World::new(0).await;
    world.sql("delete from limits where period <> 'day' or subject_kind <> 'label'").await;
    let one = Source { label: "one", tags: None };
    world.admit_for(one.clone()).await;
    world.roll_over_of("day").await;
    world.admit_for(one).await;
    let counts = async |world: &World| -> Vec<(i64, i64)> {
        let rows = world.rows("select settled, reserved from limit_windows order by id").await;
        let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
        rows.iter().map(|row| (number(row, "settled"), number(row, "reserved"))).collect()
    };
    assert_eq!(counts(&world).await, [(0, 1), (0, 1)], "the new window starts empty");
    let first = world.open.remove(0);
    world.settle_in_time(first).await;
    assert_eq!(counts(&world).await, [(1, 0), (0, 1)]);
    let second = world.open.remove(0);
    world.settle_in_time(second).await;
    assert_eq!(counts(&world).await, [(1, 0), (1, 0)]);
}
