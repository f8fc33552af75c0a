//! A second provider of the story, and a route over both.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::calls::Wire;
use domain::model_routes::{ModelRouteFacts, RouteTarget};
use domain::provider::Provider;
use domain::upstreams::{BaseUrl, OutputBoundMember, PriceSource, UpstreamAuth, UpstreamFacts, UpstreamName};
use ledger::{model_routes, upstreams};

use crate::player::Player;

const NAME: &str = "groq";
/// The model there, and what answers if it does not.
const TARGETS: [(&str, &str, Option<u32>); 2] =
    [(NAME, "llama-3.3-70b-versatile", Some(20)), ("openai", "gpt-4o-mini", None)];

/// The mock answers for it, below a path of its own.
pub(crate) async fn register(player: &mut Player, at: DateTime<Utc>) -> anyhow::Result<()> {
    let mock = player.provider_base.trim_end_matches('/').trim_end_matches("/v1");
    let facts = UpstreamFacts {
        name: name(NAME)?,
        wire: Wire::OpenAi,
        base_url: BaseUrl::parse(&format!("{mock}/at/{NAME}/v1")).context("OPENAI_API_BASE is no URL")?,
        auth: UpstreamAuth::None,
        region: None,
        secret_arn: None,
        price_provider: Provider::parse(NAME).context("not the name of a provider")?,
        price_source: PriceSource::Table,
        adds_stream_options: true,
        output_bound_member: OutputBoundMember::MaxTokens,
        models: [].into(),
    };
    upstreams::changes::create(&player.database, &facts, &player.actor()).await?;
    let targets = TARGETS
        .into_iter()
        .map(|(upstream, model, timeout_seconds)| {
            Ok(RouteTarget { upstream: name(upstream)?, model: model.to_owned(), timeout_seconds })
        })
        .collect::<anyhow::Result<_>>()?;
    let route = ModelRouteFacts { wire: Wire::OpenAi, model: "fast".to_owned(), targets };
    model_routes::changes::create(&player.database, &route, &player.actor()).await?;
    for table in ["upstreams", "model_routes"] {
        let set = format!("update {table} set created_at = $1, changed_at = $1");
        player.client.execute(&set, &[&at]).await?;
    }
    player.backdate(at).await
}

fn name(text: &str) -> anyhow::Result<UpstreamName> {
    UpstreamName::parse(text).with_context(|| format!("{text} is not the name of an upstream"))
}
