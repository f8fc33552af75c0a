//! What a caller learns of its own key.

mod limits;

use domain::keys::Scope;
use domain::limits::{Metric, Period};
use domain::words::Word;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::router;

const PATH: &str = "/api/usage/me";

/// The id of the key whose name is `test`, made last.
async fn key_id(harness: &Harness) -> String {
    let keys = harness.db.rows("select id from api_keys order by id desc limit 1").await;
    keys[0]["id"].as_str().unwrap().to_owned()
}

/// A call of 10 + 5 tokens at 0.25 USD.
async fn call(harness: &Harness, key_id: &str, at: &str) {
    let insert = format!(
        "insert into usage_logs (id, key_id, started_at, created_at, user_label, model, input_tokens, uncached_tokens,
            cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
            audio_output_tokens, cost_pico_usd, status, endpoint, stream, attempts, latency_us)
        values (gen_random_uuid(), '{key_id}', {at}, {at}, 'search', 'gpt-4o', 10, 10, 0, 0, 0, 5, 0, 0,
            250000000000, 'settled', 'responses', false, 1, 1500)"
    );
    harness.db.execute(&insert).await;
}

#[tokio::test]
async fn chat_key_sees_its_own_facts_and_remaining_limits() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let key = harness.key().label("search").models(&["gpt-4o*"]).expires_in("1 day").create().await;
    let id = key_id(&harness).await;
    let budget =
        harness.limit(Metric::Usd, 2_500_000_000_000).label("search").per(Period::Month).create().await;
    harness.limit(Metric::Requests, 100).key(&id).soft().create().await;
    harness.limit(Metric::Requests, 1).label("other").per(Period::Day).create().await;
    harness
        .db
        .execute(&format!(
            "select limit_windows_open('{budget}', now());
            update limit_windows
            set settled = 1000000000000, reserved = 500000000000, overrun = 250000000000, refusals = 2"
        ))
        .await;
    let reply = get(&router, PATH, &key).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let mut me = reply.json();
    for pointer in [
        "/key_id",
        "/expires_at",
        "/today",
        "/this_month",
        "/limits/0/id",
        "/limits/0/resets_at",
        "/limits/1/id",
        "/limits/1/subject/id",
    ] {
        let found = me.pointer_mut(pointer).unwrap();
        assert!(!found.is_null(), "{pointer}");
        *found = "…".into();
    }
    insta::assert_json_snapshot!(me, @r#"
    {
      "key_id": "…",
      "name": "test",
      "user_label": "search",
      "scopes": [
        "chat"
      ],
      "models": [
        "gpt-4o*"
      ],
      "expires_at": "…",
      "secret_expires_at": null,
      "accepts_provider_keys": true,
      "limits": [
        {
          "id": "…",
          "subject": {
            "kind": "label",
            "id": "search"
          },
          "metric": "usd",
          "window": "month",
          "amount": "2.5",
          "mode": "hard",
          "time_zone": "UTC",
          "used": "1.25",
          "reserved": "0.5",
          "remaining": "0.75",
          "overrun": "0.25",
          "refusals": 2,
          "resets_at": "…"
        },
        {
          "id": "…",
          "subject": {
            "kind": "key",
            "id": "…"
          },
          "metric": "requests",
          "window": "total",
          "amount": 100,
          "mode": "soft",
          "time_zone": "UTC",
          "used": 0,
          "reserved": 0,
          "remaining": 100,
          "overrun": 0,
          "refusals": 0,
          "resets_at": null
        }
      ],
      "today": "…",
      "this_month": "…"
    }
    "#);
}

#[tokio::test]
async fn usage_today_and_this_month_is_of_the_key_alone() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().create().await);
    let id = key_id(&harness).await;
    let month = "date_trunc('month', now(), 'UTC')";
    for at in
        ["now()", "date_trunc('day', now(), 'UTC')", month, &format!("{month} - interval '1 microsecond'")]
    {
        call(&harness, &id, at).await;
    }
    call(&harness, "0198c0de-0000-7000-8000-000000000001", "now()").await;
    let me = get(&router, PATH, &key).await.json();
    let expected = harness
        .db
        .rows(&format!(
            "select to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as day,
                to_char(now() at time zone 'UTC', 'YYYY-MM-01') as month,
                -- On the first of a month, the month began today.
                case when date_trunc('day', now(), 'UTC') = {month} then 3 else 2 end as today"
        ))
        .await;
    for (period, day) in [("today", &expected[0]["day"]), ("this_month", &expected[0]["month"])] {
        assert_eq!(me[period]["from"], format!("{}T00:00:00.000000Z", day.as_str().unwrap()));
    }
    assert_eq!(me["today"]["calls"], expected[0]["today"]);
    let month = &me["this_month"];
    assert_eq!((&month["calls"], &month["cost_usd"]), (&json!(3), &json!("0.75")));
    assert_eq!((&month["total_input_tokens"], &month["total_output_tokens"]), (&json!(30), &json!(15)));
}

#[tokio::test]
async fn usage_of_a_bound_key_is_that_of_its_label() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().label("search").create().await);
    let id = key_id(&harness).await;
    call(&harness, &id, "now()").await;
    let calls = async || {
        let me = get(&router, PATH, &key).await.json();
        [&me["today"], &me["this_month"]].map(|used| used["calls"].as_i64().unwrap())
    };
    assert_eq!(calls().await, [1, 1]);
    harness.db.execute("update api_keys set user_label = 'support'").await;
    assert_eq!(calls().await, [0, 0], "the old label's");
    harness.db.execute("update api_keys set user_label = null").await;
    assert_eq!(calls().await, [1, 1]);
}

#[tokio::test]
async fn any_valid_key_may_ask_and_no_other() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    for scope in Scope::ALL {
        let key = harness.key().scopes(&[*scope]).create().await;
        let me = get(&router, PATH, &key).await.json();
        assert_eq!(me["scopes"], json!([scope.as_str()]));
        assert_eq!((&me["limits"], &me["today"]["calls"]), (&json!([]), &json!(0)));
        assert_eq!(
            (&me["user_label"], &me["models"], &me["today"]["cost_usd"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    }
    let expired = harness.key().expires_in("-1 second").create().await;
    for key in ["", "nonsense", expired.as_str()] {
        let reply = get(&router, PATH, key).await;
        assert_eq!(
            (reply.status, &reply.json()["type"]),
            (StatusCode::UNAUTHORIZED, &json!("urn:tokenmeter:error:invalid_api_key"))
        );
    }
}

#[tokio::test]
async fn setting_for_provider_keys_is_shown() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    for (setting, expected) in [("true", true), ("false", false), ("", false)] {
        let environment = harness.environment("summary", &[("ACCEPT_PROVIDER_KEYS", setting)]);
        let config = summary::Config::from_env(&environment).unwrap();
        let router = summary::router(summary::SummaryState::new(config).await.unwrap());
        assert_eq!(get(&router, PATH, &key).await.json()["accepts_provider_keys"], expected, "{setting}");
    }
}

#[tokio::test]
async fn secret_in_its_grace_period_reports_its_expiry() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().create().await);
    assert_eq!(get(&router, PATH, &key).await.json()["secret_expires_at"], Value::Null);
    harness.db.execute("update api_key_secrets set expires_at = '2999-01-01T00:00:00Z'").await;
    let me = get(&router, PATH, &key).await.json();
    assert_eq!((&me["secret_expires_at"], &me["expires_at"]), (&json!("2999-01-01T00:00:00Z"), &Value::Null));
}
