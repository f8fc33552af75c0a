//! Sums of money.

use std::fmt;

use super::decimal::{MoneyError, parse_decimal, write_decimal};
use super::{PICO_SCALE, PicoUsd};

/// The most decimal digits of an i128.
const MAX_DIGITS: usize = 39;

/// A sum over calls, wide enough for any number of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PicoUsdSum(i128);

impl PicoUsdSum {
    pub const ZERO: Self = Self(0);

    pub const fn from_pico(pico: i128) -> Self {
        Self(pico)
    }

    pub const fn as_pico(self) -> i128 {
        self.0
    }

    /// Reads a whole number of pico-USD, as Postgres writes `sum(bigint)::text`.
    ///
    /// Deliberately not `FromStr`, which would have to read what `Display` writes: USD.
    pub fn from_pico_text(text: &str) -> Result<Self, MoneyError> {
        parse_decimal(text, 0).map(Self)
    }

    pub fn checked_add(self, other: PicoUsd) -> Option<Self> {
        self.0.checked_add(i128::from(other.as_pico())).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Reads an amount in USD as the provider writes it, possibly the text of a float (`1.5e-05`), rounded to the
    /// nearest pico-USD.
    pub fn from_provider_text(text: &str) -> Result<Self, MoneyError> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().map_err(|_| MoneyError::NotADecimal)?;
        let (is_negative, digits) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(MoneyError::NotADecimal);
        }
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX).saturating_sub(i64::from(exponent));
        let pico = round_to_pico(digits, scale)?;
        Ok(Self(if is_negative { -pico } else { pico }))
    }
}

/// `digits` × 10^-scale USD in pico-USD, rounded to the nearest. The digits have no leading zeros.
fn round_to_pico(digits: &str, scale: i64) -> Result<i128, MoneyError> {
    if digits.is_empty() {
        return Ok(0);
    }
    // How many of the digits, continued by zeros, make whole pico-USD.
    let kept = i64::try_from(digits.len() + PICO_SCALE).unwrap_or(i64::MAX).saturating_sub(scale);
    let kept = match usize::try_from(kept) {
        Err(_) => return Ok(0),
        Ok(kept) if kept > MAX_DIGITS => return Err(MoneyError::OutOfRange),
        Ok(kept) => kept,
    };
    let rounds_up = digits.as_bytes().get(kept).is_some_and(|digit| *digit >= b'5');
    let cut: String = digits.chars().chain(std::iter::repeat('0')).take(kept).collect();
    let pico = if cut.is_empty() { 0 } else { parse_decimal(&cut, 0)? };
    pico.checked_add(i128::from(rounds_up)).ok_or(MoneyError::OutOfRange)
}

impl From<PicoUsd> for PicoUsdSum {
    fn from(amount: PicoUsd) -> Self {
        Self(i128::from(amount.as_pico()))
    }
}

impl fmt::Display for PicoUsdSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, self.0, PICO_SCALE)
    }
}
