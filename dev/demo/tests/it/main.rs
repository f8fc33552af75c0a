//! The filled ledger: each story of the demo, and sums that agree.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test helpers fail the test")]

mod filled;
mod reconciled;

use std::time::Instant;

use demo::{Filled, fill};
use domain::keys::Scope;
use testkit::Harness;

/// One ledger for all stories: filling it takes longer than reading it.
#[tokio::test]
async fn filled_ledger_tells_every_story_and_its_sums_agree() {
    let harness = Harness::start().await;
    harness.key().scopes(&[Scope::Admin]).create().await;
    harness.key().create().await;
    let environment = harness.environment("maintain", &[]);
    let started = Instant::now();
    let Filled::Now(calls) = fill(&environment, 1).await.unwrap() else { panic!("the ledger was not empty") };
    println!("filled {calls} calls in {:.1} s", started.elapsed().as_secs_f64());
    assert!((178_000..184_000).contains(&calls), "{calls}");

    filled::sums_agree(&harness, &environment).await;
    filled::windows_hold_what_the_ledger_holds(&harness).await;
    filled::stories_are_told(&harness).await;
    filled::budgets_and_events(&harness).await;
    filled::keys_and_audit(&harness).await;
    reconciled::days_are_equal_explained_open_or_not_final(&harness).await;

    assert_eq!(fill(&environment, 1).await.unwrap(), Filled::Before, "a second run changes nothing");
}

#[tokio::test]
async fn ledger_with_other_calls_is_not_filled() {
    let harness = Harness::start().await;
    let call = "insert into usage_logs (
            id, started_at, user_label, model, endpoint, status, attempts, stream, input_tokens, uncached_tokens,
            cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens
        )
        values (
            '019a0000-0000-7000-8000-000000000000', now(), 'alice', 'gpt-4o', 'chat.completions', 'settled', 1, false,
            0, 0, 0, 0, 0, 0, 0, 0
        )";
    harness.db.execute(call).await;
    let error = fill(&harness.environment("maintain", &[]), 1).await.unwrap_err();
    assert!(error.to_string().contains("--fresh"), "{error}");
}
