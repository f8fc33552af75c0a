//! Histograms as the rollups keep them: one number, the count of bin n in its decimal digits 12n to 12n + 11.

use std::error::Error;

use tokio_postgres::types::{FromSql, Type};

/// Digits of base 10,000, as `numeric` is sent, that one count takes.
const DIGITS: i32 = 3;
const BASE: u64 = 10_000;
/// Each bin's upper bound over its lower one; the geometric middle is within 5 % of both.
const RATIO: f64 = 1.1;

/// The counts of non-empty bins, lowest first. A list, because one response reads thousands of histograms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Histogram(Vec<(i32, u64)>);

impl Histogram {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest value that at least the share `q` of all values does not exceed, as the middle of its bin.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let total: u64 = self.0.iter().map(|(_, count)| count).sum();
        #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^52")]
        let wanted = (q * total as f64).max(1.0);
        let mut seen = 0;
        for (bin, count) in &self.0 {
            seen += count;
            #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^52")]
            if seen as f64 >= wanted {
                return Some(if *bin == 0 { 0.0 } else { RATIO.powf(f64::from(*bin) - 0.5) });
            }
        }
        None
    }

    /// These values and those of `other`. Both lists are walked once: a series adds up thousands of them.
    pub(super) fn add(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        let mut known = self.0.iter().copied().peekable();
        let mut sum = Vec::with_capacity(self.0.len().max(other.0.len()) + 8);
        for &(bin, count) in &other.0 {
            while let Some(lower) = known.next_if(|known| known.0 < bin) {
                sum.push(lower);
            }
            sum.push((bin, count + known.next_if(|known| known.0 == bin).map_or(0, |known| known.1)));
        }
        sum.extend(known);
        self.0 = sum;
    }

    /// Takes the values of `other` away.
    pub(super) fn subtract(&mut self, other: &Self) {
        let mut others = other.0.iter().peekable();
        self.0.retain_mut(|(bin, count)| {
            while others.next_if(|other| other.0 < *bin).is_some() {}
            if let Some((_, other)) = others.next_if(|other| other.0 == *bin) {
                *count = count.saturating_sub(*other);
            }
            *count > 0
        });
    }
}

impl<'a> FromSql<'a> for Histogram {
    /// `numeric` on the wire: the number of digits, the weight of the first, sign, scale, then the digits.
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let mut words = raw.chunks_exact(2).map(|word| i16::from_be_bytes([word[0], word[1]]));
        let mut next = || words.next().ok_or("a numeric that ends early");
        let (count, weight, sign, _scale) = (next()?, next()?, next()?, next()?);
        if sign != 0 {
            return Err("a histogram below zero".into());
        }
        let mut bins: Vec<(i32, u64)> = Vec::new();
        // The highest bin comes first.
        for at in 0..i32::from(count) {
            let place = i32::from(weight) - at;
            let digit = u64::try_from(next()?)?;
            if digit > 0 {
                let (bin, part) = (place / DIGITS, digit * BASE.pow(u32::try_from(place % DIGITS)?));
                match bins.last_mut() {
                    Some((last, count)) if *last == bin => *count += part,
                    _ => bins.push((bin, part)),
                }
            }
        }
        bins.reverse();
        Ok(Self(bins))
    }

    fn accepts(of_type: &Type) -> bool {
        *of_type == Type::NUMERIC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(bins: &[(i32, u64)]) -> Histogram {
        Histogram(bins.to_vec())
    }

    #[test]
    fn quantiles_are_those_of_the_counts() {
        let some = histogram(&[(0, 1), (10, 8), (20, 1)]);
        assert_eq!(some.quantile(0.1), Some(0.0));
        assert_eq!(some.quantile(0.5), Some(RATIO.powf(9.5)));
        assert_eq!(some.quantile(0.9), Some(RATIO.powf(9.5)));
        assert_eq!(some.quantile(0.95), Some(RATIO.powf(19.5)));
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn number_is_read_by_its_digits() {
        // 10^24 * 3 + 12,345: bin 2 holds 3, bin 0 holds 12,345.
        let words: [i16; 11] = [7, 6, 0, 0, 3, 0, 0, 0, 0, 1, 2345];
        let raw: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(Histogram::from_sql(&Type::NUMERIC, &raw).unwrap(), histogram(&[(0, 12_345), (2, 3)]));
        assert!(Histogram::from_sql(&Type::NUMERIC, &raw[..9]).is_err());
    }

    #[test]
    fn counts_of_both_are_added() {
        let mut some = Histogram::default();
        for part in [&[(5, 1)][..], &[(1, 2), (5, 3), (9, 1)], &[(4, 1)]] {
            some.add(&histogram(part));
        }
        assert_eq!(some, histogram(&[(1, 2), (4, 1), (5, 4), (9, 1)]));
    }

    #[test]
    fn parts_taken_away_leave_the_rest() {
        let mut all = histogram(&[(1, 2), (5, 3), (7, 1)]);
        all.subtract(&histogram(&[(1, 2), (4, 1), (5, 1), (9, 1)]));
        assert_eq!(all, histogram(&[(5, 2), (7, 1)]));
    }
}
