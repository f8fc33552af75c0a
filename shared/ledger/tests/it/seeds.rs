//! Prices and fees that the migrations bring.

use domain::calls::{Endpoint, RequestContent};
use domain::money::PicoUsd;
use domain::prices::FeeTool;
use domain::pricing::SeenResponse;
use domain::provider::Provider;
use domain::usage::Usage;
use domain::words::Word;
use ledger::prices;
use serde_json::json;
use testkit::TestDb;

#[tokio::test]
async fn tools_of_each_provider_have_fees_or_cost_tokens_alone() {
    let db = TestDb::create().await;
    let book = prices::load(&db.open()).await.unwrap();
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    for (provider, model, tool, usd) in [
        ("google", "gemini-4-neon", "google_maps", Some("0.014")),
        ("google", "models/gemini-2.5-flash", "google_maps", Some("0.025")),
        ("google", "gemini-4-neon", "web_search", Some("0.014")),
        ("google", "gemini-4-neon", "web_fetch", Some("0")),
        ("google", "gemini-4-neon", "code_execution", Some("0")),
        ("google", "gemini-4-neon", "file_search", Some("0")),
        ("google", "gemini-4-neon", "computer_use", Some("0")),
        ("google", "gemini-4-neon", "teleport", None),
        ("xai", "grok-4.6", "web_search", Some("0.005")),
        ("xai", "grok-4.6", "x_search", Some("0.005")),
        ("xai", "grok-4.6", "file_search", Some("0.0025")),
        ("xai", "grok-4.6", "teleport", None),
    ] {
        let provider = Provider::parse(provider).unwrap();
        let fee = book.tool_fee(tool, provider.model(model), now).unwrap();
        assert_eq!(fee.price.map(|price| price.to_string()).as_deref(), usd, "{model} {tool}");
    }
    let fees = |uses: &[(&str, i64)]| {
        let google = Provider::GOOGLE;
        let uses = uses.iter().map(|(tool, uses)| ((*tool).to_owned(), *uses)).collect();
        let content = RequestContent::default();
        let seen = (SeenResponse::Whole, &uses);
        book.fees(Endpoint::GenerateContent, google.model("gemini-4-neon"), &content, seen, now).total()
    };
    assert_eq!(fees(&[("code_execution", 3), ("web_fetch", 2), ("file_search", 1)]), Some(PicoUsd::ZERO));
    assert_eq!(fees(&[("google_maps", 1), ("code_execution", 3)]), Some(PicoUsd::from_pico(14_000_000_000)));
}

#[tokio::test]
async fn every_tool_with_a_fee_is_one_that_administrators_can_name() {
    let db = TestDb::create().await;
    for row in db.rows("select distinct tool from tool_fees").await {
        let tool = row["tool"].as_str().unwrap();
        assert!(FeeTool::from_word(tool).is_some(), "{tool}");
    }
}

#[tokio::test]
async fn deepseek_costs_twice_as_much_in_its_dear_hours() {
    let db = TestDb::create().await;
    let book = prices::load(&db.open()).await.unwrap();
    let deepseek = Provider::parse("deepseek").unwrap();
    let usage = Usage {
        input_tokens: 1_000_000,
        cached_tokens: 400_000,
        output_tokens: 1_000_000,
        ..Usage::default()
    };
    let cost = |model: &str, tier: Option<&str>| {
        let now = "2026-12-01T00:00:00Z".parse().unwrap();
        book.quote(None, deepseek.model(model), tier, &usage, now).map(|quote| quote.cost.to_string())
    };
    assert_eq!(cost("deepseek-flash", None).as_deref(), Some("0.6912"));
    assert_eq!(cost("deepseek-flash", Some("peak")).as_deref(), Some("1.3824"));
    assert_eq!(cost("deepseek-v4-pro", None).as_deref(), Some("2.3848"));
    assert_eq!(cost("deepseek-v4-pro", Some("peak")).as_deref(), Some("4.7696"));
    // Only its rows are for hours.
    assert_eq!(
        db.rows("select distinct provider from model_prices where service_tier = 'peak'").await,
        [json!({"provider": "deepseek"})]
    );
}
