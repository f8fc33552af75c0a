//! Calls that go on arriving: two a minute through the API, answered by the mock provider.

use std::time::Duration;

use domain::keys::KeyHasher;
use fastrand::Rng;
use platform::environment::{AwsConfig, Environment, pepper_from_env};
use platform::secrets::Secrets;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::applications::{ADOPTED, APPLICATIONS, Application, CHECKOUT_BOT, FADING, UNPRICED, find_model};
use crate::client::post;
use crate::keys::{REVOKED, current_secret};
use crate::random::{is_one_in, log_normal, whole};
use crate::story::ADOPTED_SHARE;
use crate::vendor::Vendor;

const PACE: Duration = Duration::from_secs(30);
/// How long the checkout bot's answers take, so that its budget always shows calls in flight.
const SLOW_CALL_MS: i64 = 140_000;
const SENTENCE: &str =
    "The order was placed on Monday, paid by card, and has not arrived at the customer's address. ";

/// Makes two calls a minute until the process ends. One that fails is logged: the API may be starting again.
pub async fn run(address: &str, environment: &Environment, seed: u64) -> anyhow::Result<()> {
    let secrets = Secrets::new(&AwsConfig::from_env(environment)?);
    let hasher = KeyHasher::new(&secrets.resolve(&pepper_from_env(environment)?).await?);
    let mut rng = Rng::with_seed(seed);
    let mut calls = JoinSet::new();
    let mut pace = tokio::time::interval(PACE);
    for number in 0_u64.. {
        pace.tick().await;
        let application = next(&mut rng, number);
        let key = current_secret(&hasher, application.key).reveal().to_owned();
        let (path, body) = request(&mut rng, &application);
        let (address, label) = (address.to_owned(), application.label);
        calls.spawn(async move {
            if let Err(error) = post(&address, &path, &key, label, &body).await {
                tracing::warn!(label, error = format!("{error:#}"), "A demo call failed.");
            }
        });
        while calls.try_join_next().is_some() {}
    }
    Ok(())
}

/// Every second call is the checkout bot's; the others are as frequent as in the story.
fn next(rng: &mut Rng, number: u64) -> Application {
    let is_current = |one: &Application| one.lifetime.last_days_ago == 0 && one.key != REVOKED;
    let current: Vec<Application> = APPLICATIONS.into_iter().filter(is_current).collect();
    if number.is_multiple_of(2)
        && let Some(bot) = current.iter().find(|one| one.label == CHECKOUT_BOT)
    {
        return *bot;
    }
    let total: u64 = current.iter().map(|one| one.calls).sum();
    let mut left = rng.u64(..total);
    let chosen = current.iter().find(|one| {
        let is_it = left < one.calls;
        left = left.saturating_sub(one.calls);
        is_it
    });
    chosen.copied().unwrap_or(current[0])
}

fn request(rng: &mut Rng, application: &Application) -> (String, Value) {
    let tokens = log_normal(rng, application.input_tokens, 0.5).clamp(20.0, 20_000.0);
    // The mock counts four characters as a token.
    let sentences = whole(tokens * 4.0) / 94 + 1;
    let text = SENTENCE.repeat(usize::try_from(sentences).unwrap_or(1));
    if application.output_tokens == 0.0 {
        return ("/v1/embeddings".to_owned(), json!({"model": application.model, "input": text}));
    }
    let output = whole(log_normal(rng, application.output_tokens, 0.5)).clamp(8, 2_000);
    let vendor = find_model(application.model).vendor;
    if vendor == Vendor::Google {
        let path = format!("/v1beta/models/{}:generateContent", application.model);
        let contents = json!([{"role": "user", "parts": [{"text": text}]}]);
        return (path, json!({"contents": contents, "generationConfig": {"maxOutputTokens": output}}));
    }
    let adopts = application.model == FADING && is_one_in(rng, ADOPTED_SHARE);
    let mut body = json!({
        "model": if adopts { ADOPTED } else { application.model },
        "messages": [{"role": "user", "content": text}],
    });
    if application.label == CHECKOUT_BOT || rng.u64(..100) < application.streams {
        body["stream"] = json!(true);
    }
    if vendor == Vendor::Anthropic {
        body["max_tokens"] = json!(output);
        return ("/v1/messages".to_owned(), body);
    }
    body["max_completion_tokens"] = json!(if application.model == UNPRICED { 2_000 } else { 16_000 });
    // The mock sends an event for each token.
    let delay = if application.label == CHECKOUT_BOT { SLOW_CALL_MS / output } else { 20 };
    body["metadata"] = json!({
        "mock_completion_tokens": output.to_string(),
        "mock_latency_ms": rng.u64(300..1_500).to_string(),
        "mock_chunk_delay_ms": delay.to_string(),
    });
    ("/v1/chat/completions".to_owned(), body)
}
