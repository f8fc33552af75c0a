//! Exact money: integer pico-USD (10⁻¹² USD) inside, decimal strings outside, never a float.

mod decimal;
mod rate;
mod stated;
mod sum;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::decimal::MoneyError;
use self::decimal::{parse_decimal, write_decimal};
pub use self::rate::Rate;
pub use self::sum::PicoUsdSum;

/// Decimal places of a pico-USD amount written in USD.
const PICO_SCALE: usize = 12;

/// An amount of money: one call's cost, a reservation, a limit. Negative only in corrections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PicoUsd(i64);

impl PicoUsd {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_pico(pico: i64) -> Self {
        Self(pico)
    }

    pub const fn as_pico(self) -> i64 {
        self.0
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl fmt::Display for PicoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, i128::from(self.0), PICO_SCALE)
    }
}

impl FromStr for PicoUsd {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let pico = parse_decimal(text, PICO_SCALE)?;
        i64::try_from(pico).map(Self).map_err(|_| MoneyError::OutOfRange)
    }
}

macro_rules! serde_as_string {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}
serde_as_string!(PicoUsd, PicoUsdSum, Rate);

macro_rules! deserialize_from_string {
    ($($type:ty),+) => {$(
        impl<'de> Deserialize<'de> for $type {
            // JSON numbers are refused: most clients hold them as floats.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
deserialize_from_string!(PicoUsd, Rate);
