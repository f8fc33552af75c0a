//! Calls of these tests, and an administrator.

use std::fmt::Write as _;
use std::time::Duration;

use domain::calls::{Admission, Admitted, Bound, CallRecord, Endpoint, Status};
use domain::change::Actor;
use domain::ids::{CallId, KeyId, RequestId};
use domain::keys::{KeyHash, KeyHasher};
use domain::money::{PicoUsd, Rate};
use domain::pricing::PriceBound;
use domain::provider::Provider;
use domain::usage::Usage;
use testkit::TestDb;

use super::model::{INPUT, RATE};

/// The secret of the administrator's key, with which the calls are made.
fn caller_hash() -> KeyHash {
    KeyHasher::new(&"pepper".into()).digest(&[b"secret"])
}

/// An administrator of everything.
pub(crate) async fn actor(db: &TestDb) -> Actor {
    let key_id = KeyId::generate();
    let mut hash = String::new();
    for byte in caller_hash().as_bytes() {
        write!(hash, "{byte:02x}").unwrap();
    }
    db.execute(&format!(
        "insert into api_keys (id, name, scopes) values ('{id}', 'admin', array['admin']);
        insert into api_key_secrets (secret_hash, key_id, secret_prefix) values (decode('{hash}', 'hex'), '{id}', 'tm_a')",
        id = key_id.as_uuid()
    ))
    .await;
    Actor {
        key_id,
        user_label: None,
        models: None,
        ends_at: None,
        secret: None,
        request_id: RequestId::generate(),
    }
}

static OPENAI: Provider = Provider::OPENAI;

pub(crate) fn admission<'a>(id: CallId, price_version: i64, output_tokens: Option<i64>) -> Admission<'a> {
    Admission {
        id,
        key: Some(caller_hash()),
        price_version,
        label: Some("one"),
        fallback_label: None,
        provider: &OPENAI,
        model: "gpt-4o-mini",
        endpoint: Endpoint::ChatCompletions,
        stream: false,
        service_tier: None,
        bound: Bound {
            input_tokens: INPUT,
            output_tokens,
            fill_tokens: 1_000,
            choices: 1,
            price: Some(PriceBound {
                input_token: Rate::from_pico_per_token(RATE).unwrap(),
                output_token: Rate::from_pico_per_token(RATE).unwrap(),
            }),
            tools: None,
            unbounded: None,
        },
        time_to_settle: Duration::from_hours(1),
        sdk: None,
        tags: None,
        idempotency: None,
    }
}

pub(crate) fn record(id: CallId, admitted: &Admitted, output_tokens: Option<i64>) -> CallRecord {
    let known =
        output_tokens.map(|output| Usage { input_tokens: INPUT, output_tokens: output, ..Usage::default() });
    CallRecord {
        id,
        started_at: admitted.opened_at,
        key_id: admitted.key_id,
        user_label: admitted.user_label.clone(),
        endpoint: Endpoint::ChatCompletions,
        provider: Provider::OPENAI,
        upstream: None,
        model: "gpt-4o-mini".to_owned(),
        served_model: None,
        service_tier: None,
        stream: false,
        status: if known.is_some() { Status::Settled } else { Status::Failed },
        http_status: None,
        error_code: None,
        attempts: 1,
        usage: known.unwrap_or_default(),
        retried: Usage::default(),
        parts: Vec::new(),
        cost: output_tokens.map(|output| PicoUsd::from_pico((INPUT + output) * RATE)),
        stated_cost: domain::calls::StatedCost::default(),
        fees: domain::pricing::Fees::default(),
        retried_cost: Some(PicoUsd::ZERO),
        price_id: None,
        latency: Duration::from_millis(1),
        first_byte: None,
        overhead: Duration::from_millis(1),
        upstream_request_id: None,
        tags: None,
        sdk: None,
        route: None,
        raw_usage: None,
        overrun: false,
    }
}
