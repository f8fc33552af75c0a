//! What other servers state as the cost of a call: a JSON number, often that of a float, or decimal text.

use super::{PicoUsd, PicoUsdSum};

/// The largest cost accepted for one call. A larger figure is an error, such as one in another unit.
const MOST_CREDIBLE: PicoUsd = PicoUsd::from_pico(10_000 * 1_000_000_000_000);
/// Longer text is no number.
const LONGEST_TEXT: usize = 400;

impl PicoUsd {
    /// Reads a number in units of 10^-`places` USD, digit by digit and never through a float, rounded to the nearest
    /// pico-USD. `None` for what is no number, is negative, or is more than any call costs.
    pub fn of_stated(text: &str, places: i32) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST_TEXT {
            return None;
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent = exponent.parse::<i32>().ok()?.checked_sub(places)?;
        let cost = PicoUsdSum::from_provider_text(&format!("{mantissa}e{exponent}")).ok()?;
        let cost = i64::try_from(cost.as_pico()).ok().map(Self)?;
        (Self::ZERO..=MOST_CREDIBLE).contains(&cost).then_some(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Option<i64> {
        PicoUsd::of_stated(text, 0).map(PicoUsd::as_pico)
    }

    #[test]
    fn decimals_are_read_digit_by_digit() {
        for (text, pico) in [
            ("0", 0),
            ("0.0", 0),
            ("-0.0", 0),
            ("0e5", 0),
            ("0.1", 100_000_000_000),
            ("0.95", 950_000_000_000),
            ("00012", 12_000_000_000_000),
            ("1.5e-05", 15_000_000),
            ("1.5E-05", 15_000_000),
            ("2e+1", 20_000_000_000_000),
            (" 0.25 ", 250_000_000_000),
            // As a float writes it.
            ("0.00014400000000000001", 144_000_000),
            ("1.4399999999999999e-4", 144_000_000),
            // Half a pico-USD is rounded upwards, less of it downwards.
            ("0.0000000000005", 1),
            ("0.00000000000049999", 0),
            ("5e-13", 1),
            ("1e-9999", 0),
            ("10000", 10_000_000_000_000_000),
        ] {
            assert_eq!(usd(text), Some(pico), "{text}");
        }
        let long = format!("0.{}", "3".repeat(200));
        assert_eq!(usd(&long), Some(333_333_333_333));
        assert_eq!(usd(&format!("{}1", "0".repeat(300))), Some(1_000_000_000_000));
    }

    #[test]
    fn other_units_are_scaled() {
        let ticks = |text| PicoUsd::of_stated(text, 10).map(PicoUsd::as_pico);
        assert_eq!(ticks("2709000"), Some(270_900_000));
        assert_eq!(ticks("1"), Some(100));
        assert_eq!(ticks("0.5"), Some(50));
        assert_eq!(ticks("100000000000000"), Some(10_000_000_000_000_000));
        assert_eq!(ticks("100000000000001"), None);
    }

    #[test]
    fn what_no_call_costs_is_not_believed() {
        for text in [
            "",
            " ",
            "-",
            ".",
            ".5",
            "e5",
            "1e",
            "1e+",
            "1e5.0",
            "1e-99999999999",
            "-1",
            "-1e-3",
            "+1",
            "NaN",
            "Infinity",
            "null",
            "true",
            "1,5",
            "0x1",
            "1_000",
            "1 000",
            "$1",
            "١",
            "10000.000000000001",
            "1e5",
            "1e308",
            "9e9999",
        ] {
            assert_eq!(usd(text), None, "{text}");
        }
        assert_eq!(usd(&"1".repeat(500)), None);
    }

    proptest::proptest! {
        /// What is written exactly is read exactly.
        #[test]
        fn amount_is_read_as_it_is_written(pico in 0..=MOST_CREDIBLE.as_pico()) {
            let amount = PicoUsd::from_pico(pico);
            proptest::prop_assert_eq!(PicoUsd::of_stated(&amount.to_string(), 0), Some(amount));
            proptest::prop_assert_eq!(PicoUsd::of_stated(&format!("{pico}e-12"), 0), Some(amount));
        }

        #[test]
        fn no_text_is_fatal(text in "[-+0-9eE.]{0,60}") {
            let read = PicoUsd::of_stated(&text, 0);
            proptest::prop_assert!(read.is_none_or(|cost| cost >= PicoUsd::ZERO && cost <= MOST_CREDIBLE));
        }
    }
}
