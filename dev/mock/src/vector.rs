//! Embeddings derived from their input.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// A unit vector, the same for the same input.
pub(crate) fn of(input: &Value, dimensions: u64) -> Vec<f32> {
    let mut hasher = DefaultHasher::new();
    input.to_string().hash(&mut hasher);
    let mut random = fastrand::Rng::with_seed(hasher.finish());
    let mut vector: Vec<f32> = (0..dimensions).map(|_| random.f32() - 0.5).collect();
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    for x in &mut vector {
        *x /= length;
    }
    vector
}
