//! Series, single calls, exports and health: their shapes, their refusals, and who may read what.

use domain::keys::Scope;
use http::StatusCode;
use ledger::{partitions, rollups};
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::router;

/// Calls at times, each of label, model and status.
async fn calls(harness: &Harness, rows: &[(&str, &str, &str)]) {
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

async fn seal(harness: &Harness) {
    rollups::seal(&harness.db.open(), rollups::Pace::default()).await.unwrap();
}

fn counts(answer: &Value) -> String {
    let points = answer["series"][0]["points"].as_array().unwrap();
    let point = |point: &Value| format!("{} {}", point["start"].as_str().unwrap(), point["calls"]);
    points.iter().map(point).collect::<Vec<_>>().join("\n")
}

/// Over time a call is what it was at each end of a day, also where its first status is nothing over the whole range.
#[tokio::test]
async fn call_that_changes_status_moves_on_the_day_of_the_change() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    calls(&harness, &[("2026-11-10T12:00:00Z", "a", "abandoned")]).await;
    harness.db.execute("update usage_logs set latency_us = null").await;
    let correction = "insert into usage_logs (id, revision, started_at, created_at, user_label, model, input_tokens,
            uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
            audio_output_tokens, cost_pico_usd, status, corrected_status, endpoint, stream, attempts)
        select id, 1, started_at, '2026-11-11T12:00:00Z', user_label, model, -4, -4, 0, 0, 0, 0, 0, 0, -1, 'settled',
            'abandoned', endpoint, stream, 0
        from usage_logs";
    harness.db.execute(correction).await;
    let path = "/api/usage/timeseries?group_by=status&from=2026-11-10T00:00:00Z&to=2026-11-12T00:00:00Z";
    let answer = get(&router, path, &key).await.json();
    let lines: Vec<String> = answer["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|series| {
            let points = series["points"].as_array().unwrap().iter();
            let points: Vec<String> = points
                .map(|point| format!("{} of {}", point["calls"], point["total_input_tokens"]))
                .collect();
            format!("{} {}", series["group"]["status"].as_str().unwrap(), points.join(", "))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    settled 0 of 0, 1 of 6
    abandoned 1 of 10, -1 of -10
    ");
}

#[tokio::test]
async fn days_with_a_clock_change_have_23_or_25_hours() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    for day in ["2026-03-29", "2026-10-25"] {
        for hour in -3..27 {
            let at = format!(
                "insert into usage_logs (id, started_at, created_at, user_label, model, input_tokens, uncached_tokens,
                    cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
                    audio_output_tokens, status, endpoint, stream, attempts)
                select gen_random_uuid(), at, at, 'a', 'm', 1, 1, 0, 0, 0, 1, 0, 0, 'settled', 'e', false, 1
                from (select '{day}T00:30:00Z'::timestamptz + interval '{hour} hours' as at) as call"
            );
            harness.db.execute(&at).await;
        }
    }
    calls(&harness, &[("2026-11-01T04:30:00Z", "a", "settled"), ("2026-11-02T04:59:00Z", "a", "settled")])
        .await;
    seal(&harness).await;
    let days = async |from: &str, to: &str| {
        let path = format!("/api/usage/timeseries?interval=day&tz=Europe/Berlin&from={from}&to={to}");
        counts(&get(&router, &path, &key).await.json())
    };
    insta::assert_snapshot!(days("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z").await, @"2026-03-28T23:00:00.000000Z 23");
    insta::assert_snapshot!(days("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z").await, @"2026-10-24T22:00:00.000000Z 25");
    // Two o'clock happens twice; each is an hour of its own.
    let path = "/api/usage/timeseries?interval=hour&tz=Europe/Berlin&from=2026-10-25T00:00:00Z&to=2026-10-25T03:00:00Z";
    insta::assert_snapshot!(counts(&get(&router, path, &key).await.json()), @r"
    2026-10-25T00:00:00.000000Z 1
    2026-10-25T01:00:00.000000Z 1
    2026-10-25T02:00:00.000000Z 1
    ");
    // In Havana midnight itself happens twice: the day begins with the first.
    let path = "/api/usage/timeseries?tz=America/Havana&from=2026-10-31T12:00:00Z&to=2026-11-02T12:00:00Z";
    insta::assert_snapshot!(counts(&get(&router, path, &key).await.json()), @r"
    2026-10-31T04:00:00.000000Z 0
    2026-11-01T04:00:00.000000Z 2
    2026-11-02T05:00:00.000000Z 0
    ");
}

#[tokio::test]
async fn empty_buckets_are_present_and_open_ranges_run_from_the_first_call_to_now() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let empty = get(&router, "/api/usage/timeseries", &key).await.json();
    assert_eq!(
        (&empty["series"], &empty["interval"], &empty["tz"]),
        (&json!([]), &json!("day"), &json!("UTC"))
    );
    calls(&harness, &[("2026-11-03T10:00:00Z", "a", "settled"), ("2026-11-05T10:00:00Z", "b", "failed")])
        .await;
    let path = "/api/usage/timeseries?to=2026-11-06T00:00:00Z&group_by=model&details=true";
    let answer = get(&router, path, &key).await.json();
    assert_eq!(answer["from"], "2026-11-03T10:00:00.000000Z");
    insta::assert_snapshot!(counts(&answer), @r"
    2026-11-03T00:00:00.000000Z 1
    2026-11-04T00:00:00.000000Z 0
    2026-11-05T00:00:00.000000Z 1
    ");
    let series = &answer["series"][0];
    assert_eq!((&series["group"], &series["is_other"]), (&json!({"model": "gpt-4o"}), &json!(false)));
    insta::assert_json_snapshot!(series["points"][2], @r#"
    {
      "start": "2026-11-05T00:00:00.000000Z",
      "total_input_tokens": 10,
      "total_output_tokens": 5,
      "total_cached_tokens": 0,
      "total_reasoning_tokens": 0,
      "calls": 1,
      "failed_calls": 1,
      "estimated_calls": 0,
      "unpriced_calls": 0,
      "cost_usd": "1",
      "latency_p50_ms": 1.5,
      "latency_p95_ms": 1.5,
      "details": {
        "abandoned_calls": 0,
        "error_rate": 1.0,
        "attempts": 2,
        "retried_input_tokens": 0,
        "retried_output_tokens": 0,
        "retried_cost_usd": "0",
        "latency_ms": {
          "p50": 1.5,
          "p90": 1.5,
          "p95": 1.5,
          "p99": 1.5
        },
        "first_byte_ms": {
          "p50": null,
          "p90": null,
          "p95": null,
          "p99": null
        },
        "overhead_ms": {
          "p50": null,
          "p90": null,
          "p95": null,
          "p99": null
        }
      }
    }
    "#);
    insta::assert_json_snapshot!(series["points"][1]["cost_usd"], @"null");
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
      "tz": "must be an IANA time zone such as Europe/Berlin"
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
      "status": "is not a parameter of this endpoint"
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

#[tokio::test]
async fn export_is_read_in_pieces_and_holds_no_formula() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, &[("2026-11-03T10:00:00Z", "a", "settled")]).await;
    let reply = get(&router, "/api/usage/export?format=csv", &key).await;
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"calls.csv\""));
    let text = reply.text();
    let (heading, row) = text.split_once("\r\n").unwrap();
    insta::assert_snapshot!(heading, @"id,created_at,started_at,user_label,key_id,endpoint,model,served_model,service_tier,stream,status,http_status,error_code,attempts,input_tokens,cached_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,price_id,latency_ms,first_byte_ms,overhead_ms,upstream_request_id,tags,sdk");
    insta::assert_snapshot!(row.split_once(',').unwrap().1.trim_end(), @r#"2026-11-03T10:00:00.000000Z,2026-11-03T10:00:00.000000Z,a,,responses,gpt-4o,,,false,settled,,,2,10,0,0,5,0,1,,1.5,,,,,"'=cmd|'/c calc'!A1""#);
    harness
        .db
        .execute(
            "insert into usage_logs (id, started_at, created_at, user_label, model, input_tokens, uncached_tokens,
                cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
                audio_output_tokens, status, endpoint, stream, attempts)
            select gen_random_uuid(), now(), now(), 'a', 'm', 1, 1, 0, 0, 0, 1, 0, 0, 'settled', 'e', false, 1
            from generate_series(1, 2500)",
        )
        .await;
    let reply = get(&router, "/api/usage/export?format=csv", &key).await;
    assert_eq!(reply.text().lines().count(), 2502);
    assert_eq!(
        get(&router, "/api/usage/export?format=csv&model=gpt-4o", &key).await.text().lines().count(),
        2
    );
}

#[tokio::test]
async fn dropped_months_are_still_summed_in_quarter_hours() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, &[("2026-08-03T10:01:00Z", "a", "settled"), ("2026-11-03T10:00:00Z", "a", "settled")])
        .await;
    seal(&harness).await;
    assert!(partitions::drop_older(&harness.db.open(), 1).await.unwrap().is_empty(), "announced");
    harness.db.execute("update usage_rollup_state set drop_announced_at = now() - interval '1 minute'").await;
    partitions::drop_older(&harness.db.open(), 1).await.unwrap();
    assert_eq!(harness.db.rows("select id from usage_logs").await.len(), 1);
    for path in ["calls?", "export?format=csv&"] {
        let refused = get(&router, &format!("/api/usage/{path}from=2026-09-30T23:59:59Z"), &key).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(refused.json()["errors"][0]["field"], "from");
        for kept in ["from=2026-10-01T00:00:00Z", ""] {
            assert_eq!(get(&router, &format!("/api/usage/{path}{kept}"), &key).await.status, StatusCode::OK);
        }
    }
    let ask = async |query: &str| get(&router, &format!("/api/usage/summary?{query}"), &key).await;
    assert_eq!(ask("").await.json()[0]["calls"], 2);
    assert_eq!(ask("from=2026-08-03T10:00:00Z&to=2026-08-03T10:15:00Z").await.json()[0]["calls"], 1);
    let refused = ask("from=2026-08-03T10:01:00Z").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(refused.json()["errors"][0]["message"].as_str().unwrap(), @"must be at a quarter of an hour: single calls from before 2026-10-01T00:00:00.000000Z are no longer kept");
    let refused = ask("group_by=status").await;
    insta::assert_snapshot!(refused.json()["errors"][0]["message"].as_str().unwrap(), @"must be 2026-10-01T00:00:00.000000Z or later: older calls are kept as sums only");
    assert_eq!(ask("group_by=status&from=2026-10-01T00:00:00Z").await.json()[0]["calls"], 1);
}

#[tokio::test]
async fn health_reports_rollup_progress_and_differences() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let ask = async || get(&router, "/api/usage/health", &key).await.json();
    let before = ask().await;
    assert_eq!((&before["status"], &before["sealed_until"]), (&json!("behind"), &Value::Null));
    calls(&harness, &[("2026-11-03T10:00:00Z", "a", "settled")]).await;
    seal(&harness).await;
    let sealed = ask().await;
    assert_eq!((&sealed["status"], &sealed["differences"]), (&json!("ok"), &json!(0)));
    assert!(sealed["lag_seconds"].as_f64().unwrap() < 60.0);
    harness.db.execute("update usage_rollups set calls = 3 where level = 4 and cube = 0").await;
    rollups::check_all(&harness.db.open()).await.unwrap();
    assert_eq!(ask().await["status"], "differs");
    rollups::rebuild(&harness.db.open(), None, None, None).await.unwrap();
    assert_eq!(ask().await["status"], "ok");
    let sum = "insert into price_sums (level, bucket_at, user_label, model, change_pico_usd, unpriced_change)
        values (2, '2026-11-03T00:00:00Z', 'a', 'gpt-4o', 1, 0)";
    harness.db.execute(sum).await;
    rollups::check_all(&harness.db.open()).await.unwrap();
    let differs = ask().await;
    assert_eq!((&differs["status"], &differs["price_sum_differences"]), (&json!("differs"), &json!(1)));
}

#[tokio::test]
async fn reconciliation_of_too_many_calls_around_midnight_is_refused() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, &[("2026-11-03T00:10:00Z", "a", "settled")]).await;
    seal(&harness).await;
    let ask = async || get(&router, "/api/usage/reconcile?from=2026-11-01&to=2026-11-05", &key).await;
    assert_eq!(ask().await.status, StatusCode::OK);
    harness.db.execute("update usage_rollups set calls = 5000001 where level = 3 and cube = 3").await;
    let refused = ask().await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(refused.json()["errors"][0]["message"].as_str().unwrap(), @"must be later, or 'to' earlier: calls around midnight are read one by one, at most 5000000, and the range has about 5000001");
}
