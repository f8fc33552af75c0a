//! Settlement in time, by the routine, and late, by a statement, write the same row for the same call.

use std::time::Duration;

use domain::calls::{
    BilledPart, CallRecord, CostSource, Endpoint, Reservations, StatedCost, Status, Verdict,
};
use domain::ids::{CallId, KeyId, LimitId};
use domain::money::PicoUsd;
use domain::pricing::{Fee, Fees};
use domain::provider::Provider;
use domain::usage::Usage;
use futures_util::future::join_all;
use ledger::{Database, calls, prices};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use testkit::TestDb;

use crate::limits::{actor, admission};

fn a_usage() -> impl Strategy<Value = Usage> {
    proptest::array::uniform12(0_i64..10_000).prop_map(|counts| {
        let [plain, cached, written, written_long, audio, cached_audio, output, ..] = counts;
        Usage {
            input_tokens: plain + cached + written + written_long + audio + cached_audio,
            cached_tokens: cached,
            cache_write_tokens: written,
            cache_write_long_tokens: written_long,
            audio_input_tokens: audio,
            cached_audio_tokens: cached_audio,
            output_tokens: output + 30_000,
            reasoning_tokens: counts[7],
            audio_output_tokens: counts[8],
            image_output_tokens: counts[9],
        }
    })
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[a-z0-9_\u{0}é -]{0,20}")
}

fn money() -> impl Strategy<Value = Option<PicoUsd>> {
    proptest::option::of((0_i64..1_000_000_000).prop_map(PicoUsd::from_pico))
}

type Words = [Option<String>; 5];

fn words() -> impl Strategy<Value = Words> {
    (text(), text(), text(), text(), text()).prop_map(|(a, b, c, d, e)| [a, b, c, d, e])
}

fn a_record() -> impl Strategy<Value = CallRecord> {
    let status = proptest::sample::select(vec![Status::Settled, Status::Estimated, Status::Failed]);
    let counts = (proptest::option::of(100_u16..600), 0_u32..100_000, 0_u64..5_000_000_000);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (a_usage(), words(), status, counts, flags, money(), proptest::option::of(0_i64..100)).prop_map(
        |(usage, words, status, (http_status, attempts, micros), flags, cost, price_id)| {
            let [served_model, service_tier, error_code, upstream_request_id, sdk] = words;
            let (stream, overrun, has_tags, has_parts) = flags;
            let fee = Fee { tool: "web_search".to_owned(), uses: 2, cost };
            let part = BilledPart { model: "gpt-4o".to_owned(), usage, price_id, cost };
            CallRecord {
                id: CallId::generate(),
                started_at: chrono::DateTime::UNIX_EPOCH + Duration::from_micros(micros),
                key_id: has_tags.then(KeyId::generate),
                user_label: "one".to_owned(),
                endpoint: Endpoint::Responses,
                provider: Provider::OPENAI,
                upstream: stream.then(|| "openrouter".to_owned()),
                model: "gpt-4o-mini".to_owned(),
                served_model,
                service_tier,
                stream,
                status,
                http_status,
                error_code,
                attempts,
                usage,
                retried: Usage { input_tokens: usage.input_tokens / 2, output_tokens: 7, ..Usage::default() },
                parts: if has_parts { vec![part] } else { Vec::new() },
                cost,
                stated_cost: StatedCost {
                    source: if overrun && cost.is_some() { CostSource::Upstream } else { CostSource::Table },
                    stated: cost,
                    table: cost.filter(|_| has_parts),
                },
                retried_cost: cost,
                fees: if stream { Fees(vec![fee]) } else { Fees::default() },
                price_id,
                latency: Duration::from_micros(micros),
                first_byte: stream.then(|| Duration::from_micros(micros / 2)),
                overhead: Duration::from_micros(700),
                upstream_request_id,
                tags: has_tags.then(|| json!({"team": "a"})),
                sdk,
                route: None,
                raw_usage: has_parts
                    .then(|| RawValue::from_string(r#"{"b":1, "a":1e3}"#.to_owned()).unwrap()),
                overrun,
            }
        },
    )
}

struct Ledger {
    db: TestDb,
    database: Database,
    price_version: i64,
}

impl Ledger {
    async fn start() -> Self {
        let db = TestDb::create().await;
        actor(&db).await;
        let database = db.open();
        let price_version = prices::load(&database).await.unwrap().version();
        Self { db, database, price_version }
    }

    async fn admit(&self) -> (CallId, Reservations) {
        let id = CallId::generate();
        let Verdict::Admitted(admitted) =
            calls::admit(&self.database, &admission(id, self.price_version, Some(50))).await.unwrap()
        else {
            panic!("refused")
        };
        (id, admitted.reservations)
    }

    /// The row, but for what no two calls share.
    async fn row(&self, id: CallId) -> Value {
        let sql = format!(
            "select to_jsonb(l) - 'id' - 'created_at' as row from usage_logs l where id = '{}'",
            id.as_uuid()
        );
        let mut rows = self.db.rows(&sql).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }

    async fn limit(&self, metric: &str) {
        let id = LimitId::generate().as_uuid();
        self.db
            .execute(&format!(
                "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                values ('{id}', 'global', '', '{metric}', 'total', 1000000000000, 'hard')"
            ))
            .await;
    }
}

#[tokio::test]
async fn settlement_in_time_and_late_write_the_same_row() {
    let ledger = Ledger::start().await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]);
    let mut random = TestRunner::new_with_rng(Config::default(), rng);
    for round in 0..60 {
        if round == 30 {
            ledger.limit("usd").await;
            ledger.limit("requests").await;
        }
        let record = a_record().new_tree(&mut random).unwrap().current();
        let (id, reservations) = ledger.admit().await;
        assert_eq!(reservations.is_empty(), round < 30);
        let in_time = CallRecord { id, ..record };
        calls::settle(&ledger.database, &in_time, &reservations).await.unwrap();
        let row = ledger.row(id).await;
        let late = CallRecord { id: CallId::generate(), ..in_time };
        calls::settle(&ledger.database, &late, &Reservations::default()).await.unwrap();
        assert_eq!(row, ledger.row(late.id).await, "{late:?}");
    }
    assert!(ledger.db.rows("select id from open_calls").await.is_empty());
}

#[tokio::test]
async fn settlement_in_a_batch_and_by_itself_write_the_same_row() {
    let ledger = Ledger::start().await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[4; 32]);
    let mut random = TestRunner::new_with_rng(Config::default(), rng);
    let plain = Reservations::default();
    for _ in 0..8 {
        let mut records = Vec::new();
        for _ in 0..12 {
            let (id, _) = ledger.admit().await;
            records.push(CallRecord { id, ..a_record().new_tree(&mut random).unwrap().current() });
        }
        // The first goes at once, and the others together behind it.
        let together = records.iter().map(|record| calls::settle(&ledger.database, record, &plain));
        join_all(together).await.into_iter().collect::<Result<(), _>>().unwrap();
        for record in records {
            let together = ledger.row(record.id).await;
            let (id, _) = ledger.admit().await;
            let alone = CallRecord { id, ..record };
            calls::settle(&ledger.database, &alone, &plain).await.unwrap();
            assert_eq!(together, ledger.row(id).await, "{alone:?}");
        }
    }
    assert!(ledger.db.rows("select id from open_calls").await.is_empty());
    let batches = "select xmin::text from usage_logs group by 1 having count(*) > 1";
    assert!(ledger.db.rows(batches).await.len() >= 8, "not settled in batches");
}

/// Functions may not put an estimate of theirs in the place of a settlement.
#[tokio::test]
async fn functions_cannot_settle_a_call_as_abandoned() {
    let ledger = Ledger::start().await;
    let (id, _) = ledger.admit().await;
    let (client, connection) =
        tokio_postgres::connect(&ledger.db.url_as("tokenmeter_chat"), tokio_postgres::NoTls).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
    tokio::spawn(connection);
    let counts = "0::bigint, ".repeat(9);
    let settle = |status: &str| {
        format!(
            "select calls_settle('{}', now(), null, 'one', 'responses', 'm', null, null, false, '{status}', 200::int2,
            null, 1::int2, {counts} 1, null, 1, null, 1, null, null, null, null, false, null, null, 'openai', 0, 0, 0,
            null)",
            id.as_uuid()
        )
    };
    let settled =
        async |status| -> Option<bool> { client.query_typed(&settle(status), &[]).await.unwrap()[0].get(0) };
    assert_eq!(settled("abandoned").await, None);
    assert!(ledger.db.rows("select id from usage_logs").await.is_empty());
    assert_eq!(settled("settled").await, Some(false));
    assert_eq!(settled("settled").await, None);
    assert_eq!(ledger.db.rows("select id from usage_logs").await.len(), 1);
}
