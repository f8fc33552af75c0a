//! Random values with the shapes that calls have.

use fastrand::Rng;

/// Around `median`; two thirds are within a factor of e^sigma.
pub(crate) fn log_normal(rng: &mut Rng, median: f64, sigma: f64) -> f64 {
    // A sum of uniform numbers is close enough to normal, and faster than logarithms and cosines.
    let sum: f64 = (0..4).map(|_| rng.f64()).sum();
    median * (sigma * (sum - 2.0) * 3.0_f64.sqrt()).exp()
}

pub(crate) fn is_one_in(rng: &mut Rng, share: f64) -> bool {
    rng.f64() < share
}

#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
pub(crate) fn whole(value: f64) -> i64 {
    value.round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "far smaller than what a float holds exactly")]
pub(crate) fn float(value: i64) -> f64 {
    value as f64
}

/// A UUIDv7 of this millisecond.
pub(crate) fn id(rng: &mut Rng, millis: i64) -> uuid::Uuid {
    let random = rng.u128(..) & ((1 << 80) - 1);
    let value = (u128::from(millis.cast_unsigned()) << 80) | random;
    uuid::Uuid::from_u128((value & !(0xf << 76) & !(0x3 << 62)) | (0x7 << 76) | (0x2 << 62))
}
