//! Hard limits against a provider that bills as much as it may, or less, or breaks off: random requests, limits, kills,
//! retries, and windows that end. A limit that reserves is never exceeded, neither in its own books nor on the
//! provider's bill for the calls of a window; one that refuses lets nothing unbounded pass; one that estimates is
//! exceeded only by unbounded calls, and each of those is flagged; one on concurrency lets no more calls than its
//! amount be worked on at the same time.
//!
//! The seed is random and printed; `OVERSHOOT_SEEDS=7..9` runs the worlds of these seeds.

mod admissions;
mod bills;
mod books;
mod calls;
mod limits;
mod provider;
mod published;
mod requests;
mod world;

use std::ops::Range;

use self::world::{Seen, World};

/// Rounds of calls at the same time, per world.
const ROUNDS: usize = 12;
const WORLDS: u64 = 4;

#[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
fn seeds() -> Range<u64> {
    let chosen = std::env::var("OVERSHOOT_SEEDS").ok();
    let chosen = chosen.as_deref().and_then(|seeds| seeds.split_once(".."));
    let first = fastrand::u64(..1 << 32);
    let bounds = chosen.map(|(from, to)| (from.parse().expect("a number"), to.parse().expect("a number")));
    bounds.map_or(first..first + WORLDS, |(from, to)| from..to)
}

#[tokio::test]
async fn no_hard_limit_is_exceeded_by_what_the_provider_may_bill() {
    let seeds = seeds();
    let worlds = seeds.end - seeds.start;
    let mut seen = Seen::default();
    for seed in seeds {
        eprintln!("OVERSHOOT_SEEDS={seed}..{}", seed + 1);
        let mut world = World::new(seed).await;
        for _ in 0..ROUNDS {
            world.round().await;
            world.check().await;
        }
        world.end().await;
        seen += &world.seen;
    }
    eprintln!("{worlds} worlds: {seen:?}");
    // The checks were about something.
    assert!(worlds < WORLDS || (seen.answered > 5 && seen.limited > 0), "{seen:?}");
}
