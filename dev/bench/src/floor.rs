//! The cost of the database: the statements of a call, compared with an empty durable insert.

use std::time::{Duration, Instant};

use anyhow::Context;
use domain::calls::{Admission, Admitted, Bound, CallRecord, Endpoint, Status};
use domain::ids::CallId;
use domain::keys::{KeyHash, KeyHasher, NewKey, PlainKey, Scope};
use domain::provider::Provider;
use domain::usage::Usage;
use ledger::{Database, calls, keys, prices};

use crate::database::{connect, pool};
use crate::sample::Sample;

pub(crate) async fn measure(url: &str, calls: usize) -> anyhow::Result<Vec<(&'static str, Sample)>> {
    let client = connect(url).await?;
    client.batch_execute("create table floor (id bigint generated always as identity primary key)").await?;
    let empty = client.prepare("select").await?;
    let insert = client.prepare("insert into floor default values").await?;
    let (mut nothing, mut durable) = (Vec::new(), Vec::new());
    for _ in 0..calls {
        let started = Instant::now();
        client.execute(&empty, &[]).await?;
        nothing.push(started.elapsed());
        let started = Instant::now();
        client.execute(&insert, &[]).await?;
        durable.push(started.elapsed());
    }
    let (admissions, settlements) = statements(url, calls).await?;
    let both = admissions.iter().zip(&settlements).map(|(one, two)| *one + *two).collect();
    Ok(vec![
        ("an empty statement", Sample::of(nothing)),
        ("an empty durable insert", Sample::of(durable)),
        ("admission", Sample::of(admissions)),
        ("settlement", Sample::of(settlements)),
        ("admission + settlement", Sample::of(both)),
    ])
}

async fn statements(url: &str, calls: usize) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
    let database = pool(url)?;
    let caller = Caller::create(&database).await?;
    let (mut admissions, mut settlements) = (Vec::new(), Vec::new());
    for _ in 0..calls {
        let (admission, settlement) = caller.call(&database).await?;
        admissions.push(admission);
        settlements.push(settlement);
    }
    Ok((admissions, settlements))
}

/// Makes calls without a provider: the two statements of each.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    hash: KeyHash,
    price_version: i64,
}

impl Caller {
    /// With a new key.
    pub(crate) async fn create(database: &Database) -> anyhow::Result<Self> {
        let (hasher, key) = (KeyHasher::new(&"pepper-of-the-benchmark".into()), PlainKey::generate()?);
        let hash = hasher.hash(&key);
        let new = NewKey {
            name: "floor",
            user_label: None,
            scopes: &[Scope::Chat],
            models: None,
            expires_at: None,
        };
        keys::create(database, &new, &key, hash).await?;
        Ok(Self { hash, price_version: prices::load(database).await?.version() })
    }

    /// How long admission and settlement of one call took.
    pub(crate) async fn call(&self, database: &Database) -> anyhow::Result<(Duration, Duration)> {
        let id = CallId::generate();
        let admission = admission(id, self.hash, self.price_version);
        let started = Instant::now();
        // As a process admits a caller whose last call met no limit.
        let admitted = calls::admit_plain(database, &admission).await?;
        let admission_time = started.elapsed();
        let admitted = admitted.context("the call was not admitted")?;
        let reservations = admitted.reservations.clone();
        let record = record(id, admitted);
        let started = Instant::now();
        calls::settle(database, &record, &reservations).await?;
        Ok((admission_time, started.elapsed()))
    }
}

static OPENAI: Provider = Provider::OPENAI;

fn admission(id: CallId, key_hash: KeyHash, price_version: i64) -> Admission<'static> {
    Admission {
        id,
        key: Some(key_hash),
        price_version,
        label: Some("floor"),
        fallback_label: None,
        provider: &OPENAI,
        model: "gpt-4o-mini",
        endpoint: Endpoint::ChatCompletions,
        stream: false,
        service_tier: None,
        bound: Bound {
            input_tokens: 100,
            output_tokens: Some(100),
            fill_tokens: 16_384,
            choices: 1,
            price: None,
            tools: None,
            unbounded: None,
        },
        time_to_settle: Duration::from_mins(1),
        sdk: None,
        tags: None,
        idempotency: None,
    }
}

fn record(id: CallId, admitted: Admitted) -> CallRecord {
    CallRecord {
        id,
        started_at: admitted.opened_at,
        key_id: admitted.key_id,
        user_label: admitted.user_label,
        endpoint: Endpoint::ChatCompletions,
        provider: Provider::OPENAI,
        upstream: None,
        model: "gpt-4o-mini".to_owned(),
        served_model: Some("gpt-4o-mini-2024-07-18".to_owned()),
        service_tier: Some("default".to_owned()),
        stream: false,
        status: Status::Settled,
        http_status: Some(200),
        error_code: None,
        attempts: 1,
        usage: Usage { input_tokens: 10, output_tokens: 10, ..Usage::default() },
        retried: Usage::default(),
        parts: Vec::new(),
        cost: None,
        stated_cost: domain::calls::StatedCost::default(),
        fees: domain::pricing::Fees::default(),
        retried_cost: None,
        price_id: None,
        latency: Duration::from_millis(1),
        first_byte: None,
        overhead: Duration::from_millis(1),
        upstream_request_id: Some("req_0123456789abcdef0123456789abcdef".to_owned()),
        tags: None,
        sdk: None,
        route: None,
        raw_usage: None,
        overrun: false,
    }
}
