//! Refusals of all endpoints, and who may read what.

use domain::keys::Scope;
use http::StatusCode;
use ledger::rollups;
use serde_json::json;
use testkit::{Harness, get};

use crate::router;

/// Calls at times, each of label, model and status.
pub(crate) async fn calls(harness: &Harness, rows: &[(&str, &str, &str)]) {
    for (at, label, status) in rows {
        let insert = format!(
            "insert into usage_logs (id, started_at, created_at, user_label, model, input_tokens, uncached_tokens,
                cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, cost_pico_usd, status, endpoint, stream, attempts, latency_us, sdk)
            values (gen_random_uuid(), '{at}', '{at}', '{label}', 'gpt-4o', 10, 10, 0, 0, 0, 5, 0, 0, 1000000000000,
                '{status}', 'responses', false, 2, 1500, '=cmd|''/c calc''!A1')"
        );
        harness.db.execute(&insert).await;
    }
}

pub(crate) async fn seal(harness: &Harness) {
    rollups::seal(&harness.db.open(), rollups::Pace::default()).await.unwrap();
}

#[tokio::test]
async fn invalid_questions_are_refused_by_name() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let mut answers = Vec::new();
    for path in [
        "timeseries?interval=minute&tz=Mars&top=-1&cursor=1",
        "timeseries?tz=EST5",
        "timeseries?tz=PST",
        "timeseries?tz=",
        "timeseries?tz=posixrules",
        "timeseries?tz=Factory",
        "timeseries?interval=15m&from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "calls?limit=201&cursor=x&status=open&group_by=model",
        "calls?interval=day",
        "calls?cursor=-5000000000000000000_call_01932f1c8a4e7cc2b8a1d1f0e5a6b7c8",
        "export",
        "export?format=xlsx&limit=1",
        "summary?status=failed&details=yes",
    ] {
        let reply = get(&router, &format!("/api/usage/{path}"), &key).await;
        let errors = reply.json()["errors"].clone();
        let errors = errors.as_array().unwrap().iter();
        let errors: Vec<String> =
            errors.map(|error| format!("{}: {}", error["field"], error["message"])).collect();
        answers.push(format!("{} {path}\n  {}", reply.status.as_u16(), errors.join("\n  ")));
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    422 timeseries?interval=minute&tz=Mars&top=-1&cursor=1
      "interval": "must be one of 15m, hour, day, week, month"
      "top": "must be a whole number from 0 to 1000"
      "cursor": "is not a parameter of this endpoint"
    422 timeseries?tz=EST5
      "tz": "must be an IANA time zone such as Europe/Berlin"
    422 timeseries?tz=PST
      "tz": "must be an IANA time zone such as Europe/Berlin"
    422 timeseries?tz=
      "tz": "must be 1 to 256 characters without control characters"
    422 timeseries?tz=posixrules
      "tz": "must be an IANA time zone such as Europe/Berlin"
    422 timeseries?tz=Factory
      "tz": "must be an IANA time zone such as Europe/Berlin"
    422 timeseries?interval=15m&from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z
      "interval": "gives about 210432 points, more than 50000: use a shorter range, a longer interval or fewer groups"
    422 calls?limit=201&cursor=x&status=open&group_by=model
      "status": "must be one of settled, estimated, failed, abandoned"
      "limit": "must be a whole number from 1 to 200"
      "cursor": "must be the next_cursor of a page"
      "group_by": "is not a parameter of this endpoint"
    422 calls?interval=day
      "interval": "is not a parameter of this endpoint"
    422 calls?cursor=-5000000000000000000_call_01932f1c8a4e7cc2b8a1d1f0e5a6b7c8
      "cursor": "must be the next_cursor of a page"
    422 export
      "format": "is required"
    422 export?format=xlsx&limit=1
      "format": "must be one of csv, ndjson"
      "limit": "is not a parameter of this endpoint"
    422 summary?status=failed&details=yes
      "details": "must be true or false"
    "#);
}

#[tokio::test]
async fn bound_key_sees_its_label_and_no_other() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    calls(&harness, &[("2026-11-03T10:00:00Z", "a", "settled"), ("2026-11-03T11:00:00Z", "b", "settled")])
        .await;
    seal(&harness).await;
    let bound = harness.key().scopes(&[Scope::UsageRead]).label("b").create().await;
    let free = harness.key().scopes(&[Scope::UsageRead]).create().await;
    let ask = async |path: &str| get(&router, &format!("/api/usage/{path}"), &bound).await;
    let page = get(&router, "/api/usage/calls", &free).await.json();
    let ids: Vec<&str> =
        page["data"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    let own = ask("calls").await.json();
    assert_eq!((own["data"].as_array().unwrap().len(), &own["data"][0]["id"]), (1, &json!(ids[0])));
    assert_eq!(ask(&format!("calls/{}", ids[0])).await.json()["user_label"], "b");
    assert_eq!(ask(&format!("calls/{}", ids[1])).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask("calls/call_1").await.status, StatusCode::NOT_FOUND);
    let lines = ask("export?format=ndjson").await.text();
    assert_eq!((lines.lines().count(), lines.contains("\"user_label\":\"b\"")), (1, true));
    let groups = ask("timeseries?group_by=user_label&top=0").await.json();
    let all: i64 = groups["series"][0]["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["calls"].as_i64().unwrap())
        .sum();
    assert_eq!(all, 1, "the others are not those of other labels");
    assert_eq!(groups["from"], "2026-11-03T11:00:00.000000Z", "when others began is theirs");
    let late = "2026-11-03T12:00:00Z";
    harness
        .db
        .execute(&format!("update usage_rollup_state set sealed_until = '{late}', sealing_until = '{late}'"))
        .await;
    calls(&harness, &[("2026-11-03T12:30:00Z", "c", "settled")]).await;
    let unsealed = harness.key().scopes(&[Scope::UsageRead]).label("c").create().await;
    let answer = get(&router, "/api/usage/timeseries", &unsealed).await.json();
    assert_eq!(answer["from"], "2026-11-03T12:30:00.000000Z");
    for path in ["calls?user_label=a", "export?format=csv&user_label=a", "timeseries?user_label=a"] {
        assert_eq!(ask(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let chat = harness.key().create().await;
    for path in ["calls", "calls/call_1", "export?format=csv", "timeseries", "health"] {
        let path = format!("/api/usage/{path}");
        assert_eq!(get(&router, &path, &chat).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(get(&router, &path, "").await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}
