//! The corrections of prices: one of a price whose decimal point slipped, and one that was a mistake and is undone.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::money::Rate;
use domain::prices::PriceFacts;
use domain::provider::Provider;
use ledger::prices::{changes, effects, revisions};

use crate::applications::{CORRECTED, FADING};
use crate::player::Player;
use crate::story::WRONG_PRICE_FACTOR;

/// Pico-USD for an input, a cached and an output token.
const RIGHT_RATES: [i64; 3] = [150_000, 75_000, 600_000];
const MISTAKEN_RATES: [i64; 3] = [2_500_000, 1_250_000, 1_000_000];

fn facts(model: &str, effective_from: DateTime<Utc>, rates: [i64; 3]) -> anyhow::Result<PriceFacts> {
    let [input, cached_input, output] = rates.map(Rate::from_pico_per_token);
    Ok(PriceFacts {
        provider: Provider::OPENAI,
        model: model.to_owned(),
        service_tier: "default".to_owned(),
        above_input_tokens: 0,
        effective_from,
        review_on: None,
        input: input?,
        cached_input: Some(cached_input?),
        cache_write: None,
        cache_write_long: None,
        output: output?,
        audio_input: None,
        cached_audio_input: None,
        audio_output: None,
        image_output: None,
    })
}

pub(crate) async fn add_wrong_price(player: &mut Player, at: DateTime<Utc>) -> anyhow::Result<()> {
    let wrong = facts(CORRECTED, at, RIGHT_RATES.map(|rate| rate * WRONG_PRICE_FACTOR))?;
    let price = changes::add(&player.database, &wrong, &player.actor()).await?;
    let set = "update model_prices set created_at = $2 where id = $1";
    player.client.execute(set, &[&price.id, &at]).await?;
    player.backdate(at).await
}

pub(crate) async fn correct(player: &mut Player, at: DateTime<Utc>) -> anyhow::Result<()> {
    let from = player.story.wrong_price().start;
    apply(player, &facts(CORRECTED, from, RIGHT_RATES)?, at).await
}

pub(crate) async fn correct_by_mistake(player: &mut Player, at: DateTime<Utc>) -> anyhow::Result<()> {
    let [from, ..] = player.story.undone_correction();
    apply(player, &facts(FADING, from, MISTAKEN_RATES)?, at).await
}

pub(crate) async fn undo_mistake(player: &mut Player, at: DateTime<Utc>) -> anyhow::Result<()> {
    let last = revisions::list(&player.database, None, 1).await?.pop().context("no correction to undo")?;
    let undone = revisions::undo(&player.database, last.id, &player.actor()).await?;
    date(player, undone.id, at).await
}

/// Applies exactly what a preview shows.
async fn apply(player: &mut Player, facts: &PriceFacts, at: DateTime<Utc>) -> anyhow::Result<()> {
    let shown = effects::preview(&player.database, facts).await?;
    let revision = revisions::apply(&player.database, facts, &shown.preview, &player.actor()).await?;
    let set = "update model_prices set created_at = $2 where id = $1";
    player.client.execute(set, &[&revision.price_id, &at]).await?;
    date(player, revision.id, at).await
}

async fn date(player: &mut Player, revision: i64, at: DateTime<Utc>) -> anyhow::Result<()> {
    // Closed: no call of that time is in flight any more.
    let set = "update price_revisions
        set created_at = $2::timestamptz, applied_at = $2, closed_at = $2::timestamptz + interval '30 minutes'
        where id = $1";
    player.client.execute(set, &[&revision, &at]).await?;
    player.backdate(at).await
}
