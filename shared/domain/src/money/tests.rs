use proptest::prelude::*;

use super::*;

#[test]
fn provider_amounts_are_rounded_to_the_nearest_pico() {
    let read = |text| PicoUsdSum::from_provider_text(text).map(|sum| sum.to_string());
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
fn inexact_amounts_are_refused() {
    let parse = |text: &str| text.parse::<PicoUsd>();
    assert_eq!(parse("0.0000000000001"), Err(MoneyError::TooPrecise { max: 12 }));
    assert_eq!(parse("0.0000000000010000"), Ok(PicoUsd::from_pico(1)));
    assert_eq!(parse("9223372.036854775808"), Err(MoneyError::OutOfRange));
    assert_eq!(parse("-9223372.036854775808"), Ok(PicoUsd::from_pico(i64::MIN)));
    assert_eq!(parse(&"9".repeat(60)), Err(MoneyError::OutOfRange));
    for text in ["", "-", ".", "1.", ".5", "+1", "1e3", "1,5", " 1", "1 ", "0x1", "--1", "1.2.3", "NaN", "١"]
    {
        assert_eq!(parse(text), Err(MoneyError::NotADecimal), "{text:?}");
    }
}

#[test]
fn rate_of_three_and_an_eighth_is_exact() {
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
fn sums_read_integer_text_of_the_database() {
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
