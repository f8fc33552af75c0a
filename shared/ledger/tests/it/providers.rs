//! Calls of other providers in the ledger: settled, settled late, swept, and corrected by parts.

use std::time::Duration;

use domain::calls::{Admission, Admitted, BilledPart, CallRecord, RouteTry, RoutedCall, Verdict};
use domain::ids::CallId;
use domain::money::{PicoUsd, Rate};
use domain::prices::PriceFacts;
use domain::provider::Provider;
use domain::queries::{CostBasis, Dimension, Grouping, UsageFilter, ValueField};
use domain::usage::Usage;
use ledger::prices::{self, effects, revisions};
use ledger::rollups::{self, Pace};
use ledger::{Database, calls, usage};
use serde_json::json;
use testkit::TestDb;

use crate::limits::{actor, admission, record};

static ANTHROPIC: Provider = Provider::ANTHROPIC;
const MODEL: &str = "claude-opus-5-5-20260922";

const OWN: Usage = Usage {
    input_tokens: 100,
    cached_tokens: 50,
    cache_write_tokens: 5,
    cache_write_long_tokens: 20,
    audio_input_tokens: 0,
    cached_audio_tokens: 7,
    output_tokens: 30,
    reasoning_tokens: 10,
    audio_output_tokens: 0,
    image_output_tokens: 9,
};

fn advisor() -> BilledPart {
    let usage = Usage { input_tokens: 1_000, output_tokens: 10, ..Usage::default() };
    BilledPart {
        model: "claude-haiku-4-5".to_owned(),
        usage,
        price_id: None,
        cost: Some(PicoUsd::from_pico(1_050_000_000)),
    }
}

async fn admit(database: &Database, id: CallId) -> Admitted {
    let price_version = prices::load(database).await.unwrap().version();
    let admission =
        Admission { provider: &ANTHROPIC, model: MODEL, ..admission(id, price_version, Some(50)) };
    match calls::admit(database, &admission).await.unwrap() {
        Verdict::Admitted(admitted) => admitted,
        other => panic!("{other:?}"),
    }
}

fn route() -> RoutedCall {
    let at = |upstream: &str, http_status, error_code: Option<&str>| RouteTry {
        upstream: upstream.to_owned(),
        model: MODEL.to_owned(),
        attempts: 1,
        http_status,
        error_code: error_code.map(str::to_owned),
        waited_us: 1_500,
    };
    let all = vec![at("claude-eu", None, Some("upstream_timeout")), at("anthropic", Some(200), None)];
    RoutedCall { model: "best".to_owned(), tries: all }
}

/// With an advisor's part.
fn settled(id: CallId, admitted: &Admitted) -> CallRecord {
    CallRecord {
        provider: Provider::ANTHROPIC,
        model: MODEL.to_owned(),
        usage: OWN.plus(&advisor().usage),
        parts: vec![advisor()],
        route: Some(route()),
        ..record(id, admitted, Some(30))
    }
}

async fn call(database: &Database, id: CallId) -> usage::Call {
    usage::find_call(database, id, None, CostBasis::Billed).await.unwrap().unwrap()
}

#[tokio::test]
async fn call_keeps_its_provider_buckets_and_parts() {
    let db = TestDb::create().await;
    let database = db.open();
    actor(&db).await;
    let id = CallId::generate();
    let admitted = admit(&database, id).await;
    assert_eq!(db.rows("select provider from open_calls").await, [json!({"provider": "anthropic"})]);
    let record = settled(id, &admitted);
    calls::settle(&database, &record, &admitted.reservations).await.unwrap();
    let stored = call(&database, id).await;
    assert_eq!((stored.provider.as_str(), stored.usage()), ("anthropic", record.usage));
    assert_eq!(stored.parts, record.parts);
    assert_eq!(stored.route, Some(route()));
}

#[tokio::test]
async fn abandoned_call_keeps_its_provider_and_is_corrected_in_every_bucket() {
    let db = TestDb::create().await;
    let database = db.open();
    actor(&db).await;
    let id = CallId::generate();
    let admitted = admit(&database, id).await;
    db.execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'").await;
    assert_eq!(calls::sweep(&database).await.unwrap(), [id]);
    let abandoned = "select provider, status, parts from usage_logs";
    assert_eq!(
        db.rows(abandoned).await,
        [json!({"provider": "anthropic", "status": "abandoned", "parts": null})]
    );
    let record = settled(id, &admitted);
    calls::settle(&database, &record, &admitted.reservations).await.unwrap();
    let stored = call(&database, id).await;
    assert_eq!((stored.status.as_str(), stored.usage()), ("settled", record.usage));
    assert_eq!(stored.parts, record.parts);
    assert_eq!(stored.route, Some(route()));
}

fn haiku(input: i64) -> PriceFacts {
    let rate = |pico| Rate::from_pico_per_token(pico).unwrap();
    PriceFacts {
        provider: Provider::ANTHROPIC,
        model: "claude-haiku-4-5".to_owned(),
        service_tier: "default".to_owned(),
        above_input_tokens: 0,
        effective_from: "2026-01-01T00:00:00Z".parse().unwrap(),
        review_on: None,
        input: rate(input),
        cached_input: None,
        cache_write: None,
        cache_write_long: None,
        output: rate(5_000_000),
        audio_input: None,
        cached_audio_input: None,
        audio_output: None,
        image_output: None,
    }
}

#[tokio::test]
async fn correction_of_a_price_reaches_the_parts_it_is_for_and_is_undone() {
    let db = TestDb::create().await;
    let database = db.open();
    let actor = actor(&db).await;
    let id = CallId::generate();
    let admitted = admit(&database, id).await;
    let book = prices::load(&database).await.unwrap();
    let at = admitted.opened_at;
    let own = book.quote(None, ANTHROPIC.model(MODEL), None, &OWN, at).unwrap();
    let part = domain::calls::CallPart { model: advisor().model, usage: advisor().usage };
    let part = part.bill(&book, &ANTHROPIC, None, at);
    let record = CallRecord {
        cost: own.cost.checked_add(part.cost.unwrap()),
        price_id: Some(own.price_id),
        parts: vec![part],
        ..settled(id, &admitted)
    };
    calls::settle(&database, &record, &admitted.reservations).await.unwrap();

    // The same name at another provider prices nothing of it.
    let openais = PriceFacts { provider: Provider::OPENAI, ..haiku(2_000_000) };
    assert_eq!(effects::preview(&database, &openais).await.unwrap().total().calls, 0);

    let facts = haiku(2_000_000);
    let shown = effects::preview(&database, &facts).await.unwrap();
    // 1,000 tokens at 2 USD instead of 1.
    assert_eq!(shown.total().change().as_pico(), 1_000_000_000);
    let made = revisions::apply(&database, &facts, &shown.preview, &actor).await.unwrap();
    assert_eq!((made.provider.as_str(), made.changed_calls), ("anthropic", 1));
    let current = async || {
        let basis = CostBasis::Current;
        usage::find_call(&database, id, None, basis).await.unwrap().unwrap().cost
    };
    let dearer = record.cost.unwrap().checked_add(PicoUsd::from_pico(1_000_000_000));
    assert_eq!(current().await, dearer);
    let undone = revisions::undo(&database, made.id, &actor).await.unwrap();
    assert_eq!(undone.change.as_pico(), -1_000_000_000);
    assert_eq!(current().await, record.cost);
}

/// Calls of each provider, as sums by provider and model report them.
async fn by_provider(database: &Database, filter: &UsageFilter) -> Vec<(String, String, i64)> {
    let dimensions = vec![Dimension::Provider, Dimension::Model];
    let grouping = Grouping { dimensions, tags: Vec::new() };
    let sums = usage::summarize(database, filter, &grouping, usage::Histograms::None, CostBasis::Current);
    let mut found: Vec<_> = sums
        .await
        .unwrap()
        .into_iter()
        .map(|sum| (sum.group.provider.unwrap(), sum.group.model.unwrap(), sum.measures.counts.calls))
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn models_of_one_name_are_summed_by_provider_sealed_or_not() {
    let db = TestDb::create().await;
    let database = db.open();
    db.execute(
        "insert into usage_logs (id, created_at, started_at, user_label, model, endpoint, status, stream, attempts,
            input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
            reasoning_tokens, audio_output_tokens, provider)
        select gen_random_uuid(), at, at, 'l', 'm', 'e', 'settled', false, 1, 1, 1, 0, 0, 0, 1, 0, 0,
            case n % 3 when 0 then 'groq' else 'openai' end
        from (select n, '2026-11-02T10:00:00Z'::timestamptz + n * interval '1 minute' from generate_series(1, 60) as n)
            as call (n, at)",
    )
    .await;
    let everything = UsageFilter::default();
    let groq = UsageFilter { providers: Some(vec!["groq".to_owned()]), ..UsageFilter::default() };
    let row = |provider: &str, calls| (provider.to_owned(), "m".to_owned(), calls);
    let of_calls = UsageFilter { statuses: Some(vec!["settled".to_owned()]), ..groq.clone() };
    for is_sealed in [false, true] {
        assert_eq!(
            by_provider(&database, &everything).await,
            [row("groq", 20), row("openai", 40)],
            "{is_sealed}"
        );
        assert_eq!(by_provider(&database, &groq).await, [row("groq", 20)], "{is_sealed}");
        assert_eq!(by_provider(&database, &of_calls).await, [row("groq", 20)], "{is_sealed}");
        let seen = usage::list_values(&database, &ValueField::Provider, None, None, 5).await.unwrap();
        let seen: Vec<_> = seen.iter().map(|seen| (seen.value.as_str(), seen.calls)).collect();
        assert_eq!(seen, [("openai", 40), ("groq", 20)], "{is_sealed}");
        let pace = Pace { margin: Duration::ZERO, chunk_rows: 7, time: Duration::from_mins(1) };
        rollups::seal(&database, pace).await.unwrap();
    }
    assert_eq!(rollups::check_all(&database).await.unwrap().differences, 0);
    rollups::rebuild(&database, None, None, None).await.unwrap();
    assert_eq!(by_provider(&database, &everything).await, [row("groq", 20), row("openai", 40)]);
    assert_eq!(rollups::check_all(&database).await.unwrap().differences, 0);
    // The whole and labels know no provider.
    let coarse = "select count(*) as rows from usage_rollups where cube in (1, 3) and provider is not null";
    assert_eq!(db.rows(coarse).await, [json!({"rows": 0})]);
}
