//! Series: buckets of a calendar, and calls that change.

use domain::keys::Scope;
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::reading::{calls, seal};
use crate::router;

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
        "cache_write_tokens": 0,
        "cache_write_long_tokens": 0,
        "audio_input_tokens": 0,
        "cached_audio_tokens": 0,
        "audio_output_tokens": 0,
        "image_output_tokens": 0,
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
