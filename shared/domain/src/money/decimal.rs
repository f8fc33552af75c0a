//! Decimal text of scaled integers.

use std::fmt;

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

pub(super) fn write_decimal(f: &mut fmt::Formatter<'_>, value: i128, scale: usize) -> fmt::Result {
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

/// Reads `-?digits(.digits)?` as an integer in units of 10^-scale. Anything that is not exact is an error.
pub(super) fn parse_decimal(text: &str, scale: usize) -> Result<i128, MoneyError> {
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
        // Counting down, so that i128::MIN can be read, too.
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_sub(i128::from(digit - b'0')))
            .ok_or(MoneyError::OutOfRange)?;
    }
    if is_negative { Ok(value) } else { value.checked_neg().ok_or(MoneyError::OutOfRange) }
}
