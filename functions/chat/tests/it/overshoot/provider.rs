//! The provider of these tests: it bills all that it may for a request, a share of that, or breaks off.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use mock_provider::{Behaviour, Fault, MockProvider, RecordedRequest};

use super::published::Published;

const FAULTS: &[Fault] = &[
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
    Fault::BadGateway,
    Fault::Overloaded,
    Fault::GatewayTimeout,
    Fault::RequestTimeout,
    Fault::RateLimitedThenOk,
    Fault::DoneEventsOnly,
];

const SHOWN_TOKENS: u64 = 3;

/// The tag of a call, and when the provider certainly worked on it: no byte of its response is sent earlier than the
/// end.
type Work = (String, Instant, Instant);

#[derive(Default)]
struct Decisions {
    random: Rng,
    work: Vec<Work>,
}

pub(super) struct Provider(Arc<Mutex<Decisions>>);

impl Provider {
    /// Answers all requests to the mock from now on.
    pub(super) fn start(mock: &MockProvider, seed: u64) -> Self {
        let decisions = Decisions { random: Rng::with_seed(seed), work: Vec::new() };
        let decisions = Arc::new(Mutex::new(decisions));
        let provider = Self(Arc::clone(&decisions));
        mock.decide(move |request| {
            let Decisions { random, work } = &mut *decisions.lock().expect("no panic");
            let behaviour = behaviour(random, request);
            let now = Instant::now();
            let tag = request.headers["x-client-request-id"].to_str().expect("a tag").to_owned();
            work.push((tag, now, now + Duration::from_millis(behaviour.latency_ms.unwrap_or(0))));
            behaviour
        });
        provider
    }

    pub(super) fn work(&self) -> Vec<Work> {
        self.0.lock().expect("no panic").work.clone()
    }

    pub(super) fn is_idle(&self) -> bool {
        let now = Instant::now();
        self.work().iter().all(|(.., until)| *until <= now)
    }
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
    // Nor has it generated text of which the caller cannot have seen any, since none was sent or a reset overtook it.
    if shows_all && matches!(fault, Some(Fault::CutBeforeText | Fault::Empty | Fault::ResetMidBody)) {
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
        output_audio_tokens: (!requested["audio"].is_null()).then_some(output),
        reasoning_tokens: Some(output - shown),
        builtin_calls: usize::try_from(tool_calls).ok(),
        service_tier: Some(tier.to_owned()),
        fault,
        fail_times: Some(random.u32(1..4)),
        latency_ms: Some(random.u64(..6)),
        retry_after_ms: Some("1".to_owned()),
        // A gateway's timeout has no body that could report it.
        refused_usage: Some(fault == Some(Fault::GatewayTimeout) || random.u8(..3) == 0),
        ..Behaviour::default()
    }
}
