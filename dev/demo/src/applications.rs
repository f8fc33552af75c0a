//! The applications of the story: who calls which model, how often, and with how many tokens.

use crate::vendor::Vendor;

/// When an application calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// With people at work: workdays three times a weekend day, nights low.
    Office,
    /// From 01:00 to 05:00 UTC.
    Night,
    /// All day and night.
    Steady,
}

/// The days of the story, counted back from today, on which an application exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub first_days_ago: i64,
    pub last_days_ago: i64,
}

const ALWAYS: Lifetime = Lifetime { first_days_ago: i64::MAX, last_days_ago: 0 };

#[derive(Debug, Clone, Copy)]
pub(crate) struct Application {
    pub label: &'static str,
    pub key: &'static str,
    pub team: &'static str,
    pub calls: u64,
    pub rhythm: Rhythm,
    pub lifetime: Lifetime,
    pub model: &'static str,
    /// Medians of a call.
    pub input_tokens: f64,
    pub output_tokens: f64,
    /// How many of a hundred calls are streams.
    pub streams: u64,
}

/// A model as it is requested and as it is served, and how long one output token takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    pub vendor: Vendor,
    pub requested: &'static str,
    pub served: &'static str,
    pub micros_per_token: f64,
}

pub(crate) const CHECKOUT_BOT: &str = "checkout-bot";
pub(crate) const NIGHTLY_EVALS: &str = "nightly-evals";
pub(crate) const SEARCH: &str = "search-ranking";
pub(crate) const INVOICES: &str = "invoice-extraction";
pub(crate) const CYRILLIC: &str = "поддержка-клиентов";
/// As long as a label may be.
pub(crate) const LONGEST: &str = "mobile/ios/release-2026.11/feature-flags/smart-replies-for-shared-inboxes/\
    experiment-b/region-eu-central/owner-team-growth-xyz-2";

pub(crate) const FADING: &str = "gpt-4o";
pub(crate) const ADOPTED: &str = "gpt-5.4";
pub(crate) const CORRECTED: &str = "gpt-4o-mini";
pub(crate) const UNPRICED: &str = "team-llama-70b";
/// What a careless page would run instead of showing it.
pub(crate) const HOSTILE: &str = "<script>";

const SONNET: &str = "claude-sonnet-4-6";
const HAIKU: &str = "claude-haiku-4-5";
const FLASH: &str = "gemini-2.5-flash";
const FLASH_LITE: &str = "gemini-2.5-flash-lite";

pub(crate) const MODELS: [Model; 13] = [
    model(FADING, "gpt-4o-2024-11-20", 12_000.0),
    model(CORRECTED, "gpt-4o-mini-2024-07-18", 9_000.0),
    model("gpt-5", "gpt-5-2025-08-07", 12_000.0),
    model("gpt-5-mini", "gpt-5-mini-2025-08-07", 8_000.0),
    model(ADOPTED, "gpt-5.4-2026-03-05", 13_000.0),
    model("o4-mini", "o4-mini-2025-04-16", 8_000.0),
    model("text-embedding-3-small", "text-embedding-3-small", 0.0),
    model(UNPRICED, UNPRICED, 15_000.0),
    model(HOSTILE, HOSTILE, 0.0),
    Model { vendor: Vendor::Anthropic, ..model(SONNET, SONNET, 14_000.0) },
    Model { vendor: Vendor::Anthropic, ..model(HAIKU, "claude-haiku-4-5-20251001", 7_000.0) },
    Model { vendor: Vendor::Google, ..model(FLASH, FLASH, 5_000.0) },
    Model { vendor: Vendor::Google, ..model(FLASH_LITE, FLASH_LITE, 3_000.0) },
];

const fn model(requested: &'static str, served: &'static str, micros_per_token: f64) -> Model {
    Model { vendor: Vendor::OpenAi, requested, served, micros_per_token }
}

/// The model of this name.
pub(crate) fn find_model(requested: &str) -> Model {
    MODELS.into_iter().find(|model| model.requested == requested).unwrap_or(MODELS[0])
}

/// The application of this label.
pub(crate) fn find_application(label: &str) -> Application {
    APPLICATIONS.into_iter().find(|application| application.label == label).unwrap_or(APPLICATIONS[0])
}

pub(crate) const APPLICATIONS: [Application; 24] = [
    office(CHECKOUT_BOT, "checkout-bot prod", "payments", 22_000, FADING, (5_200.0, 900.0), 70),
    Application {
        rhythm: Rhythm::Night,
        ..office(NIGHTLY_EVALS, "nightly-evals", "research", 6_400, "gpt-5", (6_200.0, 2_000.0), 0)
    },
    office("support-chat", "support prod", "support", 18_000, FADING, (2_100.0, 330.0), 90),
    office("support-email", "support prod", "support", 9_000, "gpt-5-mini", (2_800.0, 600.0), 10),
    office(CYRILLIC, "support prod", "support", 4_200, CORRECTED, (1_900.0, 260.0), 80),
    steady(SEARCH, "search prod", "search", 17_000, CORRECTED, (1_800.0, 150.0)),
    office("search-suggest", "search prod", "search", 13_000, "gpt-5-mini", (700.0, 180.0), 0),
    office("docs-assistant", "search prod", "search", 9_000, HAIKU, (3_600.0, 700.0), 85),
    office(INVOICES, "data pipeline", "finance", 8_000, CORRECTED, (16_000.0, 700.0), 0),
    office("lead-scoring", "data pipeline", "growth", 6_000, CORRECTED, (5_000.0, 220.0), 0),
    steady("embeddings-index", "data pipeline", "search", 11_000, "text-embedding-3-small", (900.0, 0.0)),
    steady("translation", "data pipeline", "growth", 7_400, FLASH, (1_300.0, 1_200.0)),
    office("summaries", "data pipeline", "growth", 6_000, FLASH_LITE, (7_500.0, 420.0), 0),
    office("code-review", "ci", "platform", 5_500, SONNET, (9_000.0, 700.0), 90),
    office("ci-tests", "ci", "platform", 5_000, "gpt-5-mini", (1_500.0, 300.0), 0),
    office("onboarding-guide", "support prod", "growth", 2_800, CORRECTED, (1_700.0, 380.0), 80),
    office("sales-copilot", "support prod", "growth", 4_500, FADING, (2_600.0, 420.0), 75),
    office("legal-review", "data pipeline", "finance", 1_400, "o4-mini", (21_000.0, 2_400.0), 20),
    office("hr-helpdesk", "support prod", "people", 2_600, "gpt-5-mini", (1_900.0, 350.0), 80),
    steady("fraud-signals", "data pipeline", "payments", 9_400, UNPRICED, (1_100.0, 120.0)),
    office("research-lab", "data pipeline", "research", 5_000, UNPRICED, (2_400.0, 800.0), 30),
    Application {
        lifetime: Lifetime { first_days_ago: 75, last_days_ago: 73 },
        ..office("hackathon", "hackathon", "platform", 900, "gpt-5", (2_200.0, 800.0), 60)
    },
    Application {
        lifetime: Lifetime { first_days_ago: i64::MAX, last_days_ago: 50 },
        ..office("legacy-gateway", "old gateway", "platform", 3_600, FADING, (1_400.0, 240.0), 20)
    },
    office(LONGEST, "support prod", "growth", 1_200, "gpt-5-mini", (900.0, 90.0), 50),
];

const fn office(
    label: &'static str,
    key: &'static str,
    team: &'static str,
    calls: u64,
    model: &'static str,
    (input_tokens, output_tokens): (f64, f64),
    streams: u64,
) -> Application {
    let (rhythm, lifetime) = (Rhythm::Office, ALWAYS);
    Application { label, key, team, calls, rhythm, lifetime, model, input_tokens, output_tokens, streams }
}

const fn steady(
    label: &'static str,
    key: &'static str,
    team: &'static str,
    calls: u64,
    model: &'static str,
    tokens: (f64, f64),
) -> Application {
    Application { rhythm: Rhythm::Steady, ..office(label, key, team, calls, model, tokens, 0) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn labels_are_distinct_valid_and_as_long_as_allowed() {
        let labels: BTreeSet<&str> = APPLICATIONS.iter().map(|application| application.label).collect();
        assert_eq!(labels.len(), 24);
        for label in &labels {
            assert_eq!(domain::names::parse_label(label).as_deref(), Some(*label));
        }
        assert_eq!(LONGEST.chars().count(), domain::names::MAX_LABEL_CHARS);
    }

    #[test]
    fn about_180_000_calls_of_which_8_percent_have_no_price() {
        let calls: u64 = APPLICATIONS.iter().map(|application| application.calls).sum();
        let is_unpriced = |application: &&Application| application.model == UNPRICED;
        let unpriced: u64 =
            APPLICATIONS.iter().filter(is_unpriced).map(|application| application.calls).sum();
        assert!((177_000..=181_000).contains(&calls), "{calls}");
        assert!((75..=85).contains(&(unpriced * 1000 / calls)), "{unpriced} of {calls}");
    }
}
