//! What the ledger, the limits and the audit log hold.

use maintain::{Event, Maintain};
use platform::environment::Environment;
use serde_json::Value;
use testkit::Harness;

async fn one(harness: &Harness, sql: &str) -> Value {
    harness.db.rows(sql).await.remove(0)
}

async fn number(harness: &Harness, expression: &str) -> f64 {
    let value = one(harness, &format!("select ({expression})::float8 as it")).await;
    value["it"].as_f64().unwrap_or_else(|| panic!("no number: {expression}"))
}

async fn count(harness: &Harness, sql: &str) -> i64 {
    let value = one(harness, &format!("select ({sql}) as it")).await;
    value["it"].as_i64().unwrap_or_else(|| panic!("no count: {sql}"))
}

fn assert_near(what: &str, value: f64, range: std::ops::RangeInclusive<f64>) {
    assert!(range.contains(&value), "{what}: {value} is not within {range:?}");
}

pub(crate) async fn sums_agree(harness: &Harness, environment: &Environment) {
    let maintain = Maintain::new(maintain::Config::from_env(environment).unwrap()).unwrap();
    let report = maintain.handle(Event::Check).await.unwrap();
    assert_eq!(report.differences(), 0, "{report:?}");
    let sealed = number(harness, "select sum(calls) from usage_rollups where level = 0 and cube = 3").await;
    assert_near("sealed calls", sealed, 178_000.0..=184_000.0);
    // The work of each minute finds nothing to repair.
    let report = maintain.handle(Event::Tick).await.unwrap();
    assert_eq!((report.abandoned_calls, report.open_price_revisions), (0, 0), "{report:?}");
}

pub(crate) async fn windows_hold_what_the_ledger_holds(harness: &Harness) {
    let windows = harness
        .db
        .rows(
            "select l.subject, l.metric, w.starts_at, w.settled + w.overrun as used, coalesce(counted.used, 0) as ledger
            from limits l
            join limit_windows w on w.limit_id = l.id
            left join lateral (
                select sum(u.used) as used
                from limit_used_since(l, w.starts_at, coalesce(w.ends_at, 'infinity'), w.subject_id) as u
                where u.subject_id = w.subject_id
            ) as counted on true
            where l.metric <> 'concurrency'",
        )
        .await;
    assert!(windows.len() > 500, "{}", windows.len());
    for window in windows {
        assert_eq!(window["used"], window["ledger"], "{window}");
    }
}

pub(crate) async fn stories_are_told(harness: &Harness) {
    let labels = count(harness, "select count(distinct user_label) from usage_logs").await;
    let models = count(harness, "select count(distinct model) from usage_logs").await;
    assert_eq!((labels, models), (24, 13));
    let is_there = |what: &str| format!("select count(*) from usage_logs where {what}");
    assert!(count(harness, &is_there("model = '<script>'")).await > 0);
    assert!(count(harness, &is_there("user_label = 'поддержка-клиентов'")).await > 1_000);
    assert!(count(harness, &is_there("length(user_label) = 128")).await > 1_000);

    // Each provider with the buckets that it bills.
    let of = |provider: &str, what: &str| is_there(&format!("provider = '{provider}' and {what}"));
    for (provider, what) in [
        ("anthropic", "endpoint = 'messages' and cache_write_tokens > 0 and cost_pico_usd > 0"),
        ("anthropic", "cache_write_long_tokens > 0 and cost_pico_usd > 0"),
        ("google", "endpoint = 'models.generate_content' and reasoning_tokens > 0 and cost_pico_usd > 0"),
    ] {
        assert!(count(harness, &of(provider, what)).await > 1_000, "{provider}: {what}");
    }
    assert_eq!(count(harness, &of("anthropic", "cost_pico_usd is null")).await, 0);
    assert_eq!(count(harness, &of("google", "cost_pico_usd is null")).await, 0);

    let share =
        |what: &str| format!("select 100.0 * count(*) filter (where {what}) / count(*) from usage_logs");
    assert_near("unpriced", number(harness, &share("cost_pico_usd is null")).await, 7.5..=8.5);
    assert_near("estimated", number(harness, &share("status = 'estimated'")).await, 0.8..=1.0);
    let by_weekday = "select count(*) filter (where extract(isodow from created_at) in (2, 3, 4))::float8 / 3
            / (count(*) filter (where extract(isodow from created_at) in (6, 7))::float8 / 2)
        from usage_logs
        where user_label = 'support-chat'";
    assert_near("workdays", number(harness, by_weekday).await, 2.7..=3.6);

    let adopted = |days: &str| {
        format!(
            "select 100.0 * sum(cost_pico_usd) filter (where model = 'gpt-5.4') / sum(cost_pico_usd)
            from usage_logs
            where created_at >= now() - interval '{days}' and user_label <> 'nightly-evals'"
        )
    };
    assert_near("gpt-5.4 now", number(harness, &adopted("7 days")).await, 22.0..=38.0);
    let before = is_there("model = 'gpt-5.4' and started_at < now() - interval '36 days'");
    assert_eq!(count(harness, &before).await, 0);

    let outage = "where created_at >= date_trunc('day', now(), 'UTC') - interval '6 days' + interval '14 hours 10 minutes'
        and created_at < date_trunc('day', now(), 'UTC') - interval '6 days' + interval '14 hours 30 minutes'";
    let of_outage = |what: &str| format!("select count(*) filter (where {what}) from usage_logs {outage}");
    assert!(count(harness, &of_outage("status = 'failed'")).await >= 5);
    assert!(count(harness, &of_outage("status = 'abandoned'")).await >= 1);

    let revisions = harness
        .db
        .rows("select model, change_pico_usd::float8 / 1e12 as usd, undoes_id, applied_at from price_revisions order by id")
        .await;
    assert_eq!(revisions.len(), 3);
    assert_near("correction", revisions[0]["usd"].as_f64().unwrap(), -12.401..=-12.399);
    let (mistake, undo) = (revisions[1]["usd"].as_f64().unwrap(), revisions[2]["usd"].as_f64().unwrap());
    assert!(mistake != 0.0 && (mistake + undo).abs() < 1e-9, "{revisions:?}");
    assert!(revisions[2]["undoes_id"].is_number(), "{revisions:?}");
}

pub(crate) async fn budgets_and_events(harness: &Harness) {
    let runaway = one(
        harness,
        "select w.settled, w.cap, w.refusals
        from limit_windows w
        join limits l on l.id = w.limit_id
        where l.subject_kind = 'key' and l.period = 'day' and w.refusals > 0",
    )
    .await;
    assert_eq!(runaway["refusals"], 1_204, "{runaway}");
    let used = runaway["settled"].as_f64().unwrap() / runaway["cap"].as_f64().unwrap();
    assert_near("the runaway key's limit", used, 0.99..=1.0);

    let budget = one(
        harness,
        "select used::float8 as used, amount::float8 as amount from limit_status where subject = 'label:checkout-bot'",
    )
    .await;
    // In the first hours of a month little can be used yet, and the budget stays enough for a call.
    if budget["amount"].as_f64().unwrap() > 5e12 {
        let share = budget["used"].as_f64().unwrap() / budget["amount"].as_f64().unwrap();
        assert_near("checkout-bot's budget", share, 0.91..=0.93);
    }
    let passed = one(
        harness,
        "select count(*) as it
        from limit_events e
        where e.subject_kind = 'tag' and e.threshold = 100 and e.mode = 'soft'
            and e.occurred_at < now() - interval '27 days'",
    )
    .await;
    assert_eq!(passed["it"], 1, "the team passes its budget once, in the first whole month");
    let misdated = "select count(*)
        from limit_events
        where occurred_at < window_starts_at or occurred_at > coalesce(window_ends_at, 'infinity')";
    assert_eq!(count(harness, misdated).await, 0);
    let disorder = "select count(*)
        from (select occurred_at, lag(occurred_at) over (order by id) as before from limit_events) as listed
        where before > occurred_at";
    assert_eq!(count(harness, disorder).await, 0, "events are listed newest first");
    let wrong =
        "select count(*) from limit_events where threshold is not null and used < cap * threshold / 100";
    assert_eq!(count(harness, wrong).await, 0);
}

pub(crate) async fn keys_and_audit(harness: &Harness) {
    let keys = harness.db.rows("select status, retiring_at from api_key_details").await;
    let of = |status: &str| keys.iter().filter(|key| key["status"] == status).count();
    assert_eq!((keys.len(), of("active"), of("expired"), of("revoked")), (11, 9, 1, 1));
    let rotating = keys.iter().filter(|key| !key["retiring_at"].as_array().unwrap().is_empty()).count();
    assert_eq!(rotating, 1);
    let used_after_end = "select count(*)
        from usage_logs u
        join api_keys k on k.id = u.key_id
        where u.started_at > least(k.expires_at, k.revoked_at) or u.started_at < k.created_at";
    assert_eq!(count(harness, used_after_end).await, 0);

    let disorder = "select count(*)
        from audit_log one
        join audit_log next on next.id = one.id + 1
        where next.at < one.at or next.at > now()";
    assert_eq!(count(harness, disorder).await, 0);
    for (kind, action, expected) in [
        ("key", "create", 9),
        ("key", "revoke", 1),
        ("key", "rotate", 1),
        ("limit", "create", 8),
        ("upstream", "create", 1),
        ("route", "create", 1),
        ("price", "create", 3),
        ("price", "delete", 1),
    ] {
        let entries =
            format!("select count(*) from audit_log where subject_kind = '{kind}' and action = '{action}'");
        assert_eq!(count(harness, &entries).await, expected, "{kind} {action}");
    }
}
