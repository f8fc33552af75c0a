//! Calls of other providers in the ledger: settled, settled late, swept, and corrected by parts.

use domain::calls::{Admission, Admitted, BilledPart, CallRecord, Verdict};
use domain::ids::CallId;
use domain::money::{PicoUsd, Rate};
use domain::prices::PriceFacts;
use domain::provider::Provider;
use domain::usage::Usage;
use ledger::prices::{self, effects, revisions};
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

/// With an advisor's part.
fn settled(id: CallId, admitted: &Admitted) -> CallRecord {
    CallRecord {
        provider: Provider::ANTHROPIC,
        model: MODEL.to_owned(),
        usage: OWN.plus(&advisor().usage),
        parts: vec![advisor()],
        ..record(id, admitted, Some(30))
    }
}

async fn call(database: &Database, id: CallId) -> usage::Call {
    usage::find_call(database, id, None, domain::queries::CostBasis::Billed).await.unwrap().unwrap()
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
}

fn haiku(input: i64) -> PriceFacts {
    let rate = |pico| Rate::from_pico_per_token(pico).unwrap();
    PriceFacts {
        provider: Provider::ANTHROPIC,
        model: "claude-haiku-4-5".to_owned(),
        service_tier: "default".to_owned(),
        above_input_tokens: 0,
        effective_from: "2026-01-01T00:00:00Z".parse().unwrap(),
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
        let basis = domain::queries::CostBasis::Current;
        usage::find_call(&database, id, None, basis).await.unwrap().unwrap().cost
    };
    let dearer = record.cost.unwrap().checked_add(PicoUsd::from_pico(1_000_000_000));
    assert_eq!(current().await, dearer);
    let undone = revisions::undo(&database, made.id, &actor).await.unwrap();
    assert_eq!(undone.change.as_pico(), -1_000_000_000);
    assert_eq!(current().await, record.cost);
}
