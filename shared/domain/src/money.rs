//! Exact money: integer pico-USD (10⁻¹² USD) inside, decimal strings outside, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Decimal places of a pico-USD amount written in USD.
const PICO_SCALE: usize = 12;
/// USD per 1M tokens × 10⁶ is pico-USD per token, so a rate has six decimal places.
const RATE_SCALE: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("not a decimal number")]
    NotADecimal,
    #[error("more than {max} decimal places")]
    TooPrecise { max: usize },
    #[error("out of range")]
    OutOfRange,
    #[error("must not be negative")]
    Negative,
}

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
    /// Deliberately not `FromStr`: that would read something else than `Display` writes.
    pub fn from_pico_text(text: &str) -> Result<Self, MoneyError> {
        parse_decimal(text, 0).map(Self)
    }

    pub fn checked_add(self, other: PicoUsd) -> Option<Self> {
        self.0.checked_add(i128::from(other.0)).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Reads an amount of others in USD, which may be a float's text (`1.5e-05`), to the nearest pico-USD.
    pub fn from_foreign_text(text: &str) -> Result<Self, MoneyError> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().map_err(|_| MoneyError::NotADecimal)?;
        let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(MoneyError::NotADecimal);
        }
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0');
        if digits.is_empty() {
            return Ok(Self::ZERO);
        }
        // Places behind the decimal point that are kept in an integer of pico-USD; what is left of it is the amount.
        let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX).saturating_sub(i64::from(exponent));
        let kept = i64::try_from(digits.len() + PICO_SCALE).unwrap_or(i64::MAX).saturating_sub(scale);
        let kept = match usize::try_from(kept) {
            Err(_) => return Ok(Self::ZERO),
            Ok(kept) if kept > 39 => return Err(MoneyError::OutOfRange),
            Ok(kept) => kept,
        };
        let rounds_up = digits.as_bytes().get(kept).is_some_and(|digit| *digit >= b'5');
        let cut: String = digits.chars().chain(std::iter::repeat('0')).take(kept).collect();
        let pico = if cut.is_empty() { 0 } else { parse_decimal(&cut, 0)? };
        let pico = pico.checked_add(i128::from(rounds_up)).ok_or(MoneyError::OutOfRange)?;
        Ok(Self(if sign.is_empty() { pico } else { -pico }))
    }
}

impl From<PicoUsd> for PicoUsdSum {
    fn from(amount: PicoUsd) -> Self {
        Self(i128::from(amount.0))
    }
}

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

impl fmt::Display for PicoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, i128::from(self.0), PICO_SCALE)
    }
}

impl fmt::Display for PicoUsdSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, self.0, PICO_SCALE)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, i128::from(self.0), RATE_SCALE)
    }
}

impl FromStr for PicoUsd {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let pico = parse_decimal(text, PICO_SCALE)?;
        i64::try_from(pico).map(Self).map_err(|_| MoneyError::OutOfRange)
    }
}

impl FromStr for Rate {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let pico = parse_decimal(text, RATE_SCALE)?;
        i64::try_from(pico).map_err(|_| MoneyError::OutOfRange).and_then(Self::from_pico_per_token)
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
            // A JSON number is refused: whoever sends one has already been through a float.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
deserialize_from_string!(PicoUsd, Rate);

fn write_decimal(f: &mut fmt::Formatter<'_>, value: i128, scale: usize) -> fmt::Result {
    let unit = 10_u128.pow(u32::try_from(scale).unwrap_or_default());
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    write!(f, "{sign}{}", magnitude / unit)?;
    let fraction = magnitude % unit;
    if fraction == 0 {
        return Ok(());
    }
    let digits = format!("{fraction:0scale$}");
    write!(f, ".{}", digits.trim_end_matches('0'))
}

/// Reads `-?digits(.digits)?` as an integer in units of 10^-scale; anything it cannot hold exactly is an error.
fn parse_decimal(text: &str, scale: usize) -> Result<i128, MoneyError> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(MoneyError::NotADecimal),
        None => (digits, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(MoneyError::NotADecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > scale {
        return Err(MoneyError::TooPrecise { max: scale });
    }
    let padding = std::iter::repeat_n(b'0', scale - fraction.len());
    let mut value: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        // Counting down reaches i128::MIN as well.
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_sub(i128::from(digit - b'0')))
            .ok_or(MoneyError::OutOfRange)?;
    }
    if is_negative { Ok(value) } else { value.checked_neg().ok_or(MoneyError::OutOfRange) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_of_others_are_read_to_the_nearest_pico() {
        let read = |text| PicoUsdSum::from_foreign_text(text).map(|sum| sum.to_string());
        for (text, expected) in [
            ("0.06", "0.06"),
            ("1.5e-05", "0.000015"),
            ("0E-6176", "0"),
            ("-2", "-2"),
            ("12E1", "120"),
            ("0.13080438340307526", "0.130804383403"),
            ("0.0000000000005", "0.000000000001"),
            ("0.00000000000049", "0"),
            ("0.999999999999999", "1"),
            ("1e-400", "0"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "-", "1,5", "NaN", "e5", "1e", "1e40", "0x1"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_are_written_without_trailing_zeros() {
        let cases = [(150_000_000, "0.00015"), (0, "0"), (1, "0.000000000001"), (5_000_000_000_000, "5")];
        for (pico, text) in cases {
            assert_eq!(PicoUsd::from_pico(pico).to_string(), text);
        }
        assert_eq!(PicoUsd::from_pico(-1_500_000_000_000).to_string(), "-1.5");
        assert_eq!(PicoUsd::from_pico(i64::MIN).to_string(), "-9223372.036854775808");
        assert_eq!(PicoUsdSum::from_pico(i128::MIN).to_string(), "-170141183460469231731687303.715884105728");
    }

    #[test]
    fn what_cannot_be_held_exactly_is_refused() {
        let parse = |text: &str| text.parse::<PicoUsd>();
        assert_eq!(parse("0.0000000000001"), Err(MoneyError::TooPrecise { max: 12 }));
        assert_eq!(parse("0.0000000000010000"), Ok(PicoUsd::from_pico(1)));
        assert_eq!(parse("9223372.036854775808"), Err(MoneyError::OutOfRange));
        assert_eq!(parse("-9223372.036854775808"), Ok(PicoUsd::from_pico(i64::MIN)));
        assert_eq!(parse(&"9".repeat(60)), Err(MoneyError::OutOfRange));
        for text in
            ["", "-", ".", "1.", ".5", "+1", "1e3", "1,5", " 1", "1 ", "0x1", "--1", "1.2.3", "NaN", "١"]
        {
            assert_eq!(parse(text), Err(MoneyError::NotADecimal), "{text:?}");
        }
    }

    #[test]
    fn a_rate_of_three_and_an_eighth_stays_exact() {
        let rate: Rate = "3.125".parse().unwrap();
        assert_eq!(rate.as_pico_per_token(), 3_125_000);
        assert_eq!(rate.to_string(), "3.125");
        assert_eq!("0.005".parse::<Rate>().unwrap().as_pico_per_token(), 5_000);
        assert_eq!("0.0000001".parse::<Rate>(), Err(MoneyError::TooPrecise { max: 6 }));
        assert_eq!("-1".parse::<Rate>(), Err(MoneyError::Negative));
    }

    #[test]
    fn json_is_a_string_in_both_directions() {
        let amount = PicoUsd::from_pico(150_000_000);
        assert_eq!(serde_json::to_string(&amount).unwrap(), r#""0.00015""#);
        assert_eq!(serde_json::from_str::<PicoUsd>(r#""0.00015""#).unwrap(), amount);
        assert!(serde_json::from_str::<PicoUsd>("0.00015").is_err());
        assert_eq!(serde_json::to_string(&PicoUsdSum::from(amount)).unwrap(), r#""0.00015""#);
    }

    #[test]
    fn sums_read_the_integer_text_of_the_database() {
        let sum = PicoUsdSum::from_pico_text("170000000000000000000000000").unwrap();
        assert_eq!(sum.to_string(), "170000000000000");
        assert!(PicoUsdSum::from_pico_text("1.5").is_err());
        assert!(PicoUsdSum::from_pico_text("NaN").is_err());
    }

    proptest! {
        #[test]
        fn amounts_survive_a_round_trip(pico: i64) {
            let amount = PicoUsd::from_pico(pico);
            prop_assert_eq!(amount.to_string().parse::<PicoUsd>(), Ok(amount));
        }

        #[test]
        fn rates_survive_a_round_trip(pico in 0..i64::MAX) {
            let rate = Rate::from_pico_per_token(pico).unwrap();
            prop_assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.eE ]{0,40}") {
            if let Ok(amount) = text.parse::<PicoUsd>() {
                prop_assert_eq!(amount.to_string().parse::<PicoUsd>(), Ok(amount));
            }
        }
    }
}
