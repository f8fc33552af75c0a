//! Whole numbers within bounds, and exact decimals.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::parse::RAW;

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy)]
pub struct Whole<const MIN: i64, const MAX: i64>(pub i64);

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Whole<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(WholeVisitor::<MIN, MAX>).map(Self)
    }
}

/// Up to here, a float holds every whole number.
const EXACT_IN_FLOATS: f64 = 9_007_199_254_740_992.0;

struct WholeVisitor<const MIN: i64, const MAX: i64>;

impl<const MIN: i64, const MAX: i64> Visitor<'_> for WholeVisitor<MIN, MAX> {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {MIN} to {MAX}")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        if (MIN..=MAX).contains(&number) {
            return Ok(number);
        }
        Err(E::invalid_value(Unexpected::Signed(number), &self))
    }

    /// In JSON, 1.0, 1e0 and 1 are the same number.
    #[expect(clippy::cast_possible_truncation, reason = "a whole number that a float holds exactly")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        if number.fract() == 0.0 && number.abs() <= EXACT_IN_FLOATS {
            return self.visit_i64(number as i64);
        }
        Err(E::invalid_type(Unexpected::Float(number), &self))
    }
}

/// The JSON text of a value: a decimal in it keeps the digits that were sent.
#[derive(Debug, Clone)]
pub struct RawJson(String);

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RawVisitor;
        impl Visitor<'_> for RawVisitor {
            type Value = RawJson;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_str<E: Error>(self, json: &str) -> Result<RawJson, E> {
                Ok(RawJson(json.to_owned()))
            }
        }
        deserializer.deserialize_newtype_struct(RAW, RawVisitor)
    }
}

impl RawJson {
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

/// An exact decimal: a JSON string or number. `expected` completes "must be …".
pub fn decimal<T>(json: &RawJson, expected: &str) -> Result<T, String>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let digits = serde_json::from_str::<String>(&json.0).unwrap_or_else(|_| json.0.clone());
    digits.parse().map_err(|error| format!("must be {expected}: {error}"))
}
