//! Prices per token.

use std::fmt;
use std::str::FromStr;

use super::decimal::{MoneyError, parse_decimal, write_decimal};

/// USD per 1M tokens × 10⁶ is pico-USD per token, so a rate has six decimal places.
const RATE_SCALE: usize = 6;

/// A price in whole pico-USD per token; outside it is USD per 1M tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i64);

impl Rate {
    pub const FREE: Self = Self(0);

    pub const fn from_pico_per_token(pico: i64) -> Result<Self, MoneyError> {
        if pico < 0 { Err(MoneyError::Negative) } else { Ok(Self(pico)) }
    }

    pub const fn as_pico_per_token(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, i128::from(self.0), RATE_SCALE)
    }
}

impl FromStr for Rate {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let pico = parse_decimal(text, RATE_SCALE)?;
        i64::try_from(pico).map_err(|_| MoneyError::OutOfRange).and_then(Self::from_pico_per_token)
    }
}
