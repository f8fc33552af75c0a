//! Random decisions. The same seed makes the same ones.

use std::time::Duration;

use fastrand::Rng;

pub(crate) fn chance(rng: &mut Rng, percent: u64) -> bool {
    rng.u64(..100) < percent
}

/// A duration below `limit`.
pub(crate) fn below(rng: &mut Rng, limit: Duration) -> Duration {
    limit.mul_f64(rng.f64())
}
