//! Delivery of limit events to a webhook: a real receiver, and the rows that record each delivery.

use axum::http::StatusCode;
use maintain::{Config, Event, Report};
use serde_json::{Value, json};
use testkit::TestDb;

use crate::receiver::{OK, Reaction, Received, Receiver, SECRET};

/// A nearly exhausted monthly budget for each label: its first two thresholds are passed.
async fn budgets(db: &TestDb, labels: u32) {
    db.execute(&format!(
        "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
        select gen_random_uuid(), 'label', 'label ' || n, 'usd', 'month', 10000000000000, 'hard'
        from generate_series(1, {labels}) as n;
        select limit_windows_open(id, now()) from limits;
        update limit_windows set settled = 8500000000000;
        select limit_windows_announce(id) from limit_windows"
    ))
    .await;
}

/// Ends the pause after an attempt.
async fn end_pause(db: &TestDb) {
    db.execute("update limit_event_deliveries set next_attempt_at = clock_timestamp()").await;
}

async fn deliveries(db: &TestDb) -> Vec<Value> {
    db.rows(
        "select d.attempts, d.last_error, d.delivered_at is not null as delivered, d.failed_at is not null as failed
        from limit_event_deliveries d order by d.event_id",
    )
    .await
}

fn tally(report: &Report) -> (usize, usize, usize) {
    (report.delivered_events, report.postponed_events, report.failed_events)
}

#[tokio::test]
async fn event_is_delivered_once_and_signed() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    let maintain = receiver.maintain(&db);
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 0, 0));
    budgets(&db, 1).await;
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (2, 0, 0));
    let mut arrived = receiver.received();
    arrived.sort_by_key(|event| event.body.clone());
    assert!(arrived.iter().all(Received::is_signed));
    assert_eq!(arrived[0].headers["content-type"], "application/json");
    let stored = db.rows("select * from limit_events order by threshold").await;
    let uuid = |row: &Value| row["uid"].as_str().unwrap().replace('-', "");
    let mut ids: Vec<&str> = arrived.iter().map(Received::id).collect();
    let mut expected: Vec<String> = stored.iter().map(|row| format!("evt_{}", uuid(row))).collect();
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    let mut bodies: Vec<Value> =
        arrived.iter().map(|event| serde_json::from_str(&event.body).unwrap()).collect();
    bodies.sort_by_key(|body| body["data"]["threshold_percent"].as_i64());
    assert_eq!(bodies[0]["data"]["id"], format!("evt_{}", uuid(&stored[0])));
    for pointer in [
        "/timestamp",
        "/data/id",
        "/data/occurred_at",
        "/data/limit_id",
        "/data/window_starts_at",
        "/data/window_ends_at",
    ] {
        let found = bodies[0].pointer_mut(pointer).unwrap();
        assert!(found.is_string(), "{pointer}");
        *found = "…".into();
    }
    insta::assert_json_snapshot!(bodies[0], @r#"
    {
      "type": "limit.threshold",
      "timestamp": "…",
      "data": {
        "id": "…",
        "occurred_at": "…",
        "kind": "threshold",
        "threshold_percent": 50,
        "limit_id": "…",
        "subject": {
          "kind": "label",
          "id": "label 1"
        },
        "metric": "usd",
        "window": "month",
        "mode": "hard",
        "amount": "10",
        "used": "8.5",
        "window_starts_at": "…",
        "window_ends_at": "…"
      }
    }
    "#);
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 0, 0));
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn refused_event_is_redelivered_after_growing_pauses() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    let maintain = receiver.maintain(&db);
    budgets(&db, 1).await;
    db.execute("delete from limit_events where threshold = 50").await;
    let mut ids = Vec::new();
    for (reaction, error, pause) in [
        (Reaction::Status(StatusCode::INTERNAL_SERVER_ERROR), "status 500", 60),
        (Reaction::Status(StatusCode::GONE), "status 410", 120),
        (Reaction::Redirect, "status 307: redirects are not followed", 240),
    ] {
        receiver.react(reaction);
        assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 1, 0));
        let arrived = receiver.received();
        // One request: the redirect is not followed, and the pause keeps the next run from trying.
        assert_eq!((arrived.len(), arrived[0].path.as_str()), (1, "/hooks/path-is-a-secret"));
        ids.push(arrived[0].id().to_owned());
        assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 0, 0));
        assert_eq!(deliveries(&db).await[0]["last_error"], error);
        let wait = "select extract(epoch from next_attempt_at - clock_timestamp()) as seconds from limit_event_deliveries";
        let wait = db.rows(wait).await[0]["seconds"].as_f64().unwrap();
        assert!(wait > f64::from(pause) - 30.0 && wait <= f64::from(pause), "{wait} of {pause}");
        end_pause(&db).await;
    }
    receiver.react(OK);
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (1, 0, 0));
    let last = receiver.received();
    ids.push(last[0].id().to_owned());
    ids.dedup();
    assert_eq!(ids.len(), 1, "the id stays the same");
    assert!(last[0].is_signed());
    assert_eq!(
        deliveries(&db).await,
        [json!({"attempts": 4, "last_error": null, "delivered": true, "failed": false})]
    );
}

#[tokio::test]
async fn hanging_receiver_costs_seconds_and_an_unreachable_one_none() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    budgets(&db, 5).await;
    receiver.react(Reaction::Never);
    let started = std::time::Instant::now();
    assert_eq!(tally(&receiver.maintain(&db).handle(Event::Tick).await.unwrap()), (0, 10, 0));
    // All ten concurrently: one after the other would take 50 s.
    assert!(started.elapsed().as_secs_f64() < 20.0, "{:?}", started.elapsed());
    assert!(deliveries(&db).await.iter().all(|row| row["last_error"] == "no response within 5 s"));
    let maintain = receiver.maintain(&db);
    drop(receiver);
    end_pause(&db).await;
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 10, 0));
    assert!(deliveries(&db).await.iter().all(|row| row["last_error"] == "no connection"));
}

#[tokio::test]
async fn event_is_given_up_after_its_last_attempt_and_its_row_stays() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    let maintain = receiver.maintain(&db);
    budgets(&db, 1).await;
    receiver.react(Reaction::Status(StatusCode::BAD_GATEWAY));
    maintain.handle(Event::Tick).await.unwrap();
    db.execute("update limit_event_deliveries set attempts = 13").await;
    end_pause(&db).await;
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 0, 2));
    let row = json!({"attempts": 14, "last_error": "status 502", "delivered": false, "failed": true});
    assert_eq!(deliveries(&db).await, [row.clone(), row]);
    receiver.received();
    end_pause(&db).await;
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 0, 0));
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn concurrent_runs_deliver_each_event_once() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    budgets(&db, 40).await;
    let (one, two) = (receiver.maintain(&db), receiver.maintain(&db));
    let (one, two) = tokio::join!(one.handle(Event::Tick), two.handle(Event::Tick));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.delivered_events + two.delivered_events, 80);
    let mut ids: Vec<String> = receiver.received().iter().map(|event| event.id().to_owned()).collect();
    ids.sort_unstable();
    assert_eq!(ids.len(), 80);
    ids.dedup();
    assert_eq!(ids.len(), 80, "no event is delivered twice");
}

#[tokio::test]
async fn run_killed_during_an_attempt_loses_no_event() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    budgets(&db, 1).await;
    receiver.react(Reaction::Never);
    let maintain = receiver.maintain(&db);
    let mut run = Box::pin(maintain.handle(Event::Tick));
    while receiver.shared.lock().unwrap().1.len() < 2 {
        assert!(futures_util::poll!(&mut run).is_pending());
        tokio::task::yield_now().await;
    }
    drop(run);
    let killed = receiver.received();
    receiver.react(OK);
    // A claimed event is not delivered by another run before its pause is over.
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (0, 0, 0));
    end_pause(&db).await;
    assert_eq!(tally(&maintain.handle(Event::Tick).await.unwrap()), (2, 0, 0));
    let ids = |events: &[Received]| {
        let mut ids: Vec<String> = events.iter().map(|event| event.id().to_owned()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(&receiver.received()), ids(&killed));
}

#[tokio::test]
async fn unreadable_secret_uses_up_no_attempt() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    budgets(&db, 1).await;
    let arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:webhook";
    for secret in
        [("LIMIT_EVENTS_WEBHOOK_SECRET_ARN", arn), ("LIMIT_EVENTS_WEBHOOK_SECRET", "no secret of this kind")]
    {
        let settings = [
            ("LIMIT_EVENTS_WEBHOOK_URL", receiver.url.as_str()),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_REGION", "us-east-1"),
            secret,
        ];
        assert_eq!(tally(&crate::with(&db, &settings).handle(Event::Tick).await.unwrap()), (0, 0, 0));
    }
    assert!(deliveries(&db).await.iter().all(|row| row["attempts"] == 0));
    assert_eq!(tally(&receiver.maintain(&db).handle(Event::Tick).await.unwrap()), (2, 0, 0));
}

#[tokio::test]
async fn target_configured_later_receives_only_the_last_week() {
    let (db, receiver) = (TestDb::create().await, Receiver::start().await);
    budgets(&db, 1).await;
    db.execute("update limit_events set occurred_at = now() - interval '8 days' where threshold = 50").await;
    assert_eq!(tally(&crate::maintain(&db).handle(Event::Tick).await.unwrap()), (0, 0, 0));
    assert_eq!(tally(&receiver.maintain(&db).handle(Event::Tick).await.unwrap()), (1, 0, 0));
    assert!(receiver.received()[0].body.contains("\"threshold_percent\":80"));
}

#[test]
fn invalid_targets_are_refused_at_start_without_showing_them() {
    let refusal = |settings: &[(&str, &str)]| {
        let settings = settings.iter().chain(&[("DATABASE_URL", "postgres://a@b/c")]);
        let environment = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::from_env(&environment)
            .map(drop)
            .map_or_else(|error| error.to_string(), |()| "fine".to_owned())
    };
    let with_url =
        |url: &str| refusal(&[("LIMIT_EVENTS_WEBHOOK_URL", url), ("LIMIT_EVENTS_WEBHOOK_SECRET", SECRET)]);
    let lines = [
        with_url("https://example.com/hooks/hunter2"),
        with_url("http://localhost:9100/x"),
        with_url("http://[::1]:9100/x"),
        with_url("http://example.com/hooks/hunter2"),
        with_url("http://127.0.0.1.example.com/hooks/hunter2"),
        with_url("ftp://localhost/hunter2"),
        with_url("hunter2"),
        refusal(&[("LIMIT_EVENTS_WEBHOOK_URL", "https://example.com/hunter2")]),
        refusal(&[("LIMIT_EVENTS_TOPIC_ARN", "arn:aws:sns:eu-central-1:111122223333:limits")]),
        refusal(&[("LIMIT_EVENTS_TOPIC_ARN", "arn:aws:sqs:eu-central-1:111122223333:limits")]),
        refusal(&[("LIMIT_EVENTS_TOPIC_ARN", "limits")]),
    ];
    assert!(!lines.join("").contains("hunter2"));
    insta::assert_snapshot!(lines.join("\n"), @"
    fine
    fine
    fine
    LIMIT_EVENTS_WEBHOOK_URL is malformed: expected an https URL; http is allowed for localhost only
    LIMIT_EVENTS_WEBHOOK_URL is malformed: expected an https URL; http is allowed for localhost only
    LIMIT_EVENTS_WEBHOOK_URL is malformed: expected an https URL; http is allowed for localhost only
    LIMIT_EVENTS_WEBHOOK_URL is malformed: expected an https URL; http is allowed for localhost only
    LIMIT_EVENTS_WEBHOOK_SECRET is not set
    fine
    LIMIT_EVENTS_TOPIC_ARN is malformed: expected arn:aws:sns:region:account:name
    LIMIT_EVENTS_TOPIC_ARN is malformed: expected arn:aws:sns:region:account:name
    ");
}
