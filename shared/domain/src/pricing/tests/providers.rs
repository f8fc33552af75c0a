//! Prices, names and tiers of each provider.

use super::{at, input, price, tokens};
use crate::pricing::{Alias, InputBound, Price, PriceBook, anthropic_tier, canonical_tier, version_patterns};
use crate::provider::Provider;
use crate::usage::Usage;

fn row(id: i64, provider: &Provider, row: &str) -> Price {
    Price { provider: provider.clone(), ..price(id, row) }
}

fn book() -> PriceBook {
    let (anthropic, google) = (Provider::ANTHROPIC, Provider::GOOGLE);
    let rows = vec![
        price(1, "m default 0 2026-01-01 1/-/-/1"),
        row(2, &anthropic, "m default 0 2026-01-01 2/-/-/2"),
        row(3, &google, "m default 0 2026-01-01 3/-/-/3"),
        row(4, &anthropic, "claude-5 default 0 2026-01-01 4/0.4/5/20"),
        row(5, &anthropic, "claude-5 us 0 2026-01-01 4.4/0.44/5.5/22"),
        row(6, &anthropic, "claude-5 fast 0 2026-01-01 8/0.8/10/40"),
        row(7, &anthropic, "claude-5 fast-us 0 2026-01-01 8.8/0.88/11/44"),
        row(8, &google, "gemini-5 default 0 2026-01-01 1/-/-/8"),
        row(9, &google, "gemini-5 priority 0 2026-01-01 2/-/-/16"),
    ];
    let alias = Alias { provider: anthropic, alias: "claude".to_owned(), model: "claude-5".to_owned() };
    PriceBook::new(1, rows, vec![alias])
}

fn id(book: &PriceBook, provider: &Provider, model: &str, tier: Option<&str>) -> Option<i64> {
    book.find(provider.model(model), tier, 1, at("2026-06-01T00:00:00Z")).map(|price| price.id)
}

#[test]
fn same_name_has_a_price_at_each_provider_and_none_at_others() {
    let book = book();
    let groq = Provider::parse("groq").unwrap();
    let ids = [Provider::OPENAI, Provider::ANTHROPIC, Provider::GOOGLE, groq]
        .map(|provider| id(&book, &provider, "m", None));
    assert_eq!(ids, [Some(1), Some(2), Some(3), None]);
    assert_eq!(id(&book, &Provider::OPENAI, "claude", None), None, "an alias is that of its provider");
    assert_eq!(id(&book, &Provider::ANTHROPIC, "claude", None), Some(4));
    assert_eq!(book.names_of(Provider::OPENAI.model("claude-5")), ["claude-5"]);
    assert_eq!(book.names_of(Provider::ANTHROPIC.model("claude-5")), ["claude-5", "claude"]);
}

#[test]
fn corrected_book_replaces_the_row_of_the_same_provider_alone() {
    let (book, replaced) = book().corrected(row(0, &Provider::GOOGLE, "m default 0 2026-01-01 9/-/-/9"));
    assert_eq!(replaced.unwrap().id, 3);
    assert_eq!(id(&book, &Provider::GOOGLE, "m", None), Some(0));
    assert_eq!(id(&book, &Provider::OPENAI, "m", None), Some(1));
    assert_eq!(id(&book, &Provider::ANTHROPIC, "claude", None), Some(4), "aliases stay");
}

#[test]
fn version_of_a_model_has_its_price_by_the_marks_of_its_provider() {
    let book = book();
    let of = |provider: &Provider, name: &str| id(&book, provider, name, None);
    for same in ["claude-5-20251001", "claude-5@20251001", "claude-5-latest", "claude-20251001"] {
        assert_eq!(of(&Provider::ANTHROPIC, same), Some(4), "{same}");
    }
    for other in [
        "claude-5-2025-10-01",
        "claude-5-001",
        "claude-5-2025100",
        "claude-5-1",
        "claude-5-latest-20251001",
        "-latest",
    ] {
        assert_eq!(of(&Provider::ANTHROPIC, other), None, "{other}");
    }
    for same in [
        "gemini-5-001",
        "gemini-5-latest",
        "models/gemini-5",
        "models/gemini-5-001",
        "models/gemini-5-latest",
    ] {
        assert_eq!(of(&Provider::GOOGLE, same), Some(8), "{same}");
    }
    for other in [
        "gemini-5-01",
        "gemini-5-20251001",
        "models/",
        "models/models/gemini-5",
        "gemini-5-pro",
        "gemini-5-0001",
    ] {
        assert_eq!(of(&Provider::GOOGLE, other), None, "{other}");
    }
    for other in ["m-20251001", "m-latest", "models/m", "m-001"] {
        assert_eq!(of(&Provider::OPENAI, other), None, "{other}");
    }
}

#[test]
fn patterns_match_every_name_that_a_model_can_have() {
    assert_eq!(version_patterns(&Provider::OPENAI, "m"), ["m-____-__-__"]);
    assert_eq!(version_patterns(&Provider::ANTHROPIC, "m"), ["m-________", "m@________", "m-latest"]);
    assert_eq!(
        version_patterns(&Provider::GOOGLE, "m"),
        ["m-___", "m-latest", "models/m", "models/m-___", "models/m-latest"]
    );
}

#[test]
fn fast_is_another_tier_at_each_provider() {
    assert_eq!(canonical_tier(&Provider::OPENAI, Some("fast")), "priority");
    assert_eq!(canonical_tier(&Provider::ANTHROPIC, Some("fast")), "fast");
    for provider in [Provider::OPENAI, Provider::ANTHROPIC, Provider::GOOGLE] {
        for plain in [None, Some(""), Some("default"), Some("auto"), Some("standard")] {
            assert_eq!(canonical_tier(&provider, plain), "default", "{provider} {plain:?}");
        }
        assert_eq!(canonical_tier(&provider, Some("scale")), "scale", "unknown ones find no row");
    }
    assert_eq!(canonical_tier(&Provider::GOOGLE, Some("ON_DEMAND_PRIORITY")), "priority");
}

#[test]
fn speed_and_geography_of_an_answer_are_one_tier() {
    let tier = |speed, geography, service_tier| {
        let tier = anthropic_tier(speed, geography, service_tier);
        canonical_tier(&Provider::ANTHROPIC, tier.as_deref()).to_owned()
    };
    assert_eq!(tier(None, None, None), "default");
    assert_eq!(tier(Some("standard"), Some("global"), Some("standard")), "default");
    assert_eq!(tier(Some("standard"), Some("not_available"), Some("standard")), "default");
    assert_eq!(tier(Some("fast"), None, Some("standard")), "fast");
    assert_eq!(tier(Some("fast"), Some("global"), None), "fast");
    assert_eq!(tier(None, Some("us"), Some("standard")), "us");
    assert_eq!(tier(Some("fast"), Some("us"), Some("standard")), "fast-us");
    assert_eq!(tier(None, None, Some("priority")), "priority");
    assert_eq!(tier(None, Some("us"), Some("batch")), "batch-us");
}

#[test]
fn bound_counts_the_geography_unless_it_is_named_and_a_speed_only_if_it_is() {
    let book = book();
    let bound = |provider: &Provider, model: &str, tier: Option<&str>| {
        let bound = book.price_bound(provider.model(model), tier, input(10), at("2026-06-01T00:00:00Z"));
        bound.map(|bound| bound.output_token.to_string())
    };
    for (requested, output) in [
        (None, "22"),
        (Some("auto"), "22"),
        (Some("global"), "20"),
        (Some("us"), "22"),
        (Some("fast"), "44"),
        (Some("fast-global"), "40"),
        (Some("fast-us"), "44"),
    ] {
        assert_eq!(
            bound(&Provider::ANTHROPIC, "claude-5", requested).as_deref(),
            Some(output),
            "{requested:?}"
        );
    }
    assert_eq!(bound(&Provider::ANTHROPIC, "claude-5", Some("priority")), None);
    assert_eq!(bound(&Provider::ANTHROPIC, "m", Some("fast")), None, "no such row");
    assert_eq!(bound(&Provider::GOOGLE, "gemini-5", None).as_deref(), Some("8"));
    assert_eq!(bound(&Provider::GOOGLE, "gemini-5", Some("priority")).as_deref(), Some("16"));
}

#[test]
fn long_cache_writes_are_bounded_only_where_they_are_requested() {
    let rates = |cache_writes_long| {
        let claude = Price {
            cache_write_long: Some("10".parse().unwrap()),
            ..price(1, "m default 0 2026-01-01 4/-/5/20")
        };
        let book = PriceBook::new(1, vec![claude], Vec::new());
        let input = InputBound { tokens: 10, cache_writes_long };
        let openai = Provider::OPENAI;
        let bound = book.price_bound(openai.model("m"), None, input, at("2026-06-01T00:00:00Z")).unwrap();
        bound.input_token.to_string()
    };
    assert_eq!((rates(false).as_str(), rates(true).as_str()), ("5", "10"));
}

#[test]
fn rate_that_is_not_known_is_the_next_more_general_one() {
    let cost = |row: &str, usage: Usage| super::cost(&price(1, row), &usage).unwrap().to_string();
    let long = Usage { cache_write_long_tokens: 1_000_000, ..tokens(1_000_000, 0) };
    let cached_audio = Usage { cached_audio_tokens: 1_000_000, ..tokens(1_000_000, 0) };
    let image = Usage { image_output_tokens: 1_000_000, ..tokens(0, 1_000_000) };
    let known = "m default 0 2026-01-01 2/0.2/3/9/7/8";
    let unknown = "m default 0 2026-01-01 2/0.2/-/9";
    assert_eq!((cost(known, long), cost(unknown, long)), ("3".to_owned(), "2".to_owned()));
    assert_eq!((cost(known, cached_audio), cost(unknown, cached_audio)), ("7".to_owned(), "2".to_owned()));
    assert_eq!((cost(known, image), cost(unknown, image)), ("9".to_owned(), "9".to_owned()));
}

#[test]
fn bound_covers_the_dearer_hour_and_an_hour_without_a_row_has_none() {
    let deepseek = Provider::parse("deepseek").unwrap();
    let rows = [
        "m default 0 2026-01-01 1/-/-/8",
        "m peak 0 2026-01-01 2/-/-/16",
        "flat default 0 2026-01-01 1/-/-/8",
    ];
    let prices = (1..).zip(rows).map(|(id, text)| row(id, &deepseek, text)).collect();
    let book = PriceBook::new(1, prices, Vec::new());
    let output = |model: &str, tier: Option<&str>, time: &str| {
        let bound = book.price_bound(deepseek.model(model), tier, input(10), at(time));
        bound.map(|bound| bound.output_token.as_pico_per_token() / 1_000_000)
    };
    let (usual, peak) = ("2026-11-30T00:00:00Z", "2026-11-30T01:00:00Z");
    for tier in [None, Some("auto"), Some("default")] {
        assert_eq!([output("m", tier, usual), output("m", tier, peak)], [Some(16), Some(16)], "{tier:?}");
    }
    assert_eq!([output("flat", None, usual), output("flat", None, peak)], [Some(8), None]);
    // What was not seen of an answer says nothing about the hour.
    let dearest = book.dearest_quote(deepseek.model("m"), None, &tokens(1, 0), at(usual)).unwrap();
    assert_eq!(dearest.price_id, 1);
}

#[test]
fn profile_of_bedrock_has_the_price_of_its_region_unless_it_is_global() {
    let bedrock = Provider::BEDROCK;
    let rows = vec![
        row(1, &bedrock, "anthropic.claude-5 default 0 2026-01-01 1.1/-/-/1"),
        row(2, &bedrock, "global.anthropic.claude-5 default 0 2026-01-01 1/-/-/1"),
        row(3, &bedrock, "eu.anthropic.claude-5 default 0 2026-01-01 1.2/-/-/1"),
        row(4, &bedrock, "openai.gpt-oss-20b default 0 2026-01-01 1/-/-/1"),
        row(5, &bedrock, "amazon.nova default 0 2026-01-01 1/-/-/1"),
        row(6, &bedrock, "amazon.nova fast 0 2026-01-01 2/-/-/1"),
    ];
    let book = PriceBook::new(1, rows, Vec::new());
    let of = |name: &str| id(&book, &bedrock, name, None);
    for (name, price) in [
        ("anthropic.claude-5", Some(1)),
        ("anthropic.claude-5-20260101-v1:0", Some(1)),
        ("us.anthropic.claude-5-20260101-v1:0", Some(1)),
        ("apac.anthropic.claude-5-v1", Some(1)),
        ("global.anthropic.claude-5-20260101-v1:0", Some(2)),
        ("eu.anthropic.claude-5-20260101-v2:0", Some(3)),
        ("openai.gpt-oss-20b-1:0", Some(4)),
        ("us.amazon.nova-v1:0", Some(5)),
        ("global.amazon.nova-v1:0", None),
        ("us-gov.amazon.nova-v1:0", None),
        ("mars.amazon.nova-v1:0", None),
        ("us.", None),
    ] {
        assert_eq!(of(name), price, "{name}");
    }
    assert_eq!(id(&book, &bedrock, "amazon.nova-v1:0", Some("optimized")), Some(6));
    assert_eq!(id(&book, &bedrock, "amazon.nova-v1:0", Some("reserved")), None);
    let patterns = version_patterns(&bedrock, "m");
    for pattern in ["m-v_:_", "us.m", "eu.m-________-v_:_"] {
        assert!(patterns.iter().any(|known| known == pattern), "{pattern}: {patterns:?}");
    }
}
