//! Service tiers as callers request them and as the provider reports them.
//!
//! A tier is everything about the service that decides the rates beside the model and the length. For Anthropic that is
//! the speed and the geography: `fast`, `us` and `fast-us` have rows of their own.

use crate::provider::Provider;

pub(super) const DEFAULT: &str = "default";
const FAST: &str = "fast";
const US: &str = "us";
const FAST_US: &str = "fast-us";
/// Requests for a geography other than the dearer one.
const GLOBAL: &str = "global";
const FAST_GLOBAL: &str = "fast-global";

/// The name under which a *reported* tier is priced. An unknown name is kept and finds no row.
pub fn canonical_tier<'a>(provider: &Provider, answered: Option<&'a str>) -> &'a str {
    let answered = answered.unwrap_or_default();
    match (provider.as_str(), answered) {
        (_, "" | "default" | "auto" | "standard")
        | ("anthropic", "standard_only" | GLOBAL)
        | ("google", "ON_DEMAND")
        | ("groq", "on_demand") => DEFAULT,
        // Bedrock's word is for a latency that is optimised.
        ("anthropic", FAST_GLOBAL) | ("bedrock", "optimized") => FAST,
        ("openai" | "azure", "fast") | ("google", "ON_DEMAND_PRIORITY") => "priority",
        ("google", "ON_DEMAND_FLEX") => "flex",
        (_, other) => other,
    }
}

/// The tier of an Anthropic request or answer: its `speed`, `inference_geo` and `service_tier` in one word. Of a
/// request, no geography means that the account's setting decides; of an answer, that it does not change the price.
pub fn anthropic_tier(
    speed: Option<&str>,
    geography: Option<&str>,
    service_tier: Option<&str>,
) -> Option<String> {
    let present = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let tier =
        present(service_tier).filter(|tier| canonical_tier(&Provider::ANTHROPIC, Some(tier)) != DEFAULT);
    let speed = present(speed).filter(|speed| speed != "standard");
    let geography = present(geography).filter(|geography| geography != "not_available");
    let parts: Vec<String> = [tier, speed, geography].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("-"))
}

/// Whether a call that *requested* a tier may be served in the given priced one.
///
/// No tier and `auto` mean the project's setting, which only the provider knows. Any other tier may be served as
/// requested or fall back to `default`.
pub(super) fn may_land_in(provider: &Provider, requested: Option<&str>, priced: &str) -> bool {
    if priced == DEFAULT || priced == canonical_tier(provider, requested) {
        return true;
    }
    match provider.as_str() {
        // A speed is served only if it is asked for; without a geography the account's setting decides.
        "anthropic" => match requested.unwrap_or_default() {
            FAST => matches!(priced, US | FAST_US),
            FAST_US => matches!(priced, US | FAST),
            _ => is_open(requested) && priced == US,
        },
        // No tier is the standard one.
        "google" | "bedrock" => false,
        _ => is_open(requested),
    }
}

/// Whether the caller leaves the tier to the provider.
pub(super) fn is_open(requested: Option<&str>) -> bool {
    matches!(requested, None | Some("" | "auto"))
}
