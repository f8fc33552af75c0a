//! Hard limits against a provider that bills as much as it may, or less, or breaks off: random requests, limits and kills. A
//! limit that reserves is never exceeded, neither in its own books nor on the provider's bill; one that refuses lets nothing
//! unbounded pass; one that estimates is exceeded only by unbounded calls, and each of those is flagged.
//!
//! The seed is random and printed; `OVERSHOOT_SEEDS=7..9` runs the worlds of these seeds.

mod books;
mod limits;
mod provider;
mod published;
mod requests;
mod world;

use std::ops::Range;

use self::world::World;

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
    let (mut answered, mut refused, mut limited, mut killed, mut flagged) = (0, 0, 0, 0, 0);
    for seed in seeds {
        eprintln!("OVERSHOOT_SEEDS={seed}..{}", seed + 1);
        let mut world = World::new(seed).await;
        for _ in 0..ROUNDS {
            world.round().await;
            world.check().await;
        }
        world.end().await;
        answered += world.seen.answered;
        refused += world.seen.refused;
        limited += world.seen.limited;
        killed += world.seen.killed;
        flagged += world.seen.flagged;
    }
    eprintln!(
        "{answered} answered, {limited} limited, {refused} refused, {killed} killed, {flagged} flagged"
    );
    // The checks were about something.
    assert!(worlds < WORLDS || (answered > 5 && limited > 0), "{answered} answered, {limited} limited");
}
