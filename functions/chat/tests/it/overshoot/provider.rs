//! The provider of these tests: it bills all that it may for a request, a share of that, or breaks off.

use std::sync::{Arc, Mutex};

use fastrand::Rng;
use mock_openai::{Behaviour, Fault, MockOpenAi, RecordedRequest};

use super::published::Published;

const FAULTS: [Fault; 20] = [
    Fault::NoUsage,
    Fault::ZeroUsage,
    Fault::ZeroInput,
    Fault::Truncated,
    Fault::TruncatedMidEvent,
    Fault::CutBeforeText,
    Fault::RunningUsageCut,
    Fault::SplitUsage,
    Fault::NoDone,
    Fault::BadJson,
    Fault::ErrorInStream,
    Fault::ResponseFailed,
    Fault::Reset,
    Fault::ResetMidBody,
    Fault::Empty,
    Fault::HtmlOk,
    Fault::ServerError,
    Fault::ServerErrorThenOk,
    Fault::RateLimitedThenOk,
    Fault::DoneEventsOnly,
];

const SHOWN_TOKENS: u64 = 3;

/// Answers all requests to the mock from now on.
pub(super) fn bill_all_that_is_allowed(mock: &MockOpenAi, seed: u64) {
    let random = Arc::new(Mutex::new(Rng::with_seed(seed)));
    mock.decide(move |request| behaviour(&mut random.lock().expect("no panic"), request));
}

fn behaviour(random: &mut Rng, request: &RecordedRequest) -> Behaviour {
    let requested = request.json();
    let model = requested["model"].as_str().unwrap_or_default();
    if model == "unlisted-model" {
        return Behaviour::default();
    }
    let most = Published::of(request);
    // Most often all of it, else any share.
    let mut share = |most: u64| if random.u8(..4) == 0 { random.u64(..=most) } else { most };
    let input = share(most.input).max(1);
    let output = share(most.output);
    let tool_calls = share(most.tool_calls).min(12);
    let mut fault = (random.u8(..3) == 0).then(|| FAULTS[random.usize(..FAULTS.len())]);
    // A model that does not reason has generated no more than it showed, or else it reports the usage.
    let shows_all = ["gpt-4o", "gpt-4.1", "gpt-3.5"].iter().any(|family| model.starts_with(family));
    let output = if shows_all && fault.is_some() { output.min(SHOWN_TOKENS) } else { output };
    if shows_all && fault == Some(Fault::CutBeforeText) {
        fault = Some(Fault::Truncated);
    }
    // The rest is reasoning, so that bodies stay small.
    let shown = output.min(SHOWN_TOKENS);
    let cached = if random.u8(..3) == 0 { random.u64(..=input) } else { 0 };
    let written = if random.u8(..3) == 0 { random.u64(..=input - cached) } else { 0 };
    let tier = match requested["service_tier"].as_str() {
        Some(own @ ("flex" | "priority")) if random.bool() => own,
        Some("default" | "flex" | "priority") => "default",
        _ => ["default", "default", "priority", "flex"][random.usize(..4)],
    };
    Behaviour {
        prompt_tokens: Some(input),
        cached_tokens: Some(cached),
        cache_write_tokens: Some(written),
        completion_tokens: Some(shown),
        reasoning_tokens: Some(output - shown),
        builtin_calls: usize::try_from(tool_calls).ok(),
        service_tier: Some(tier.to_owned()),
        fault,
        retry_after_ms: Some("1".to_owned()),
        refused_usage: Some(random.u8(..3) == 0),
        ..Behaviour::default()
    }
}
