//! What payloads mean, and what `migrate` leaves out.

use maintain::{Config, Event};
use platform::environment::Environment;
use testkit::TestDb;

use crate::maintain;

#[test]
fn payloads_name_their_action() {
    for (payload, event) in [
        (r#"{"action": "all"}"#, Event::All),
        (r#"{"action": "migrate"}"#, Event::Migrate),
        (r#"{"action": "tick"}"#, Event::Tick),
        (r#"{"action": "check"}"#, Event::Check),
        (r#"{"action": "reconcile"}"#, Event::Reconcile),
        (r#"{"action": "create_admin_key"}"#, Event::CreateAdminKey),
        (r#"{"action": "rebuild"}"#, Event::Rebuild { from: None, to: None }),
        (r#"{"action": "rebuild", "from": null}"#, Event::Rebuild { from: None, to: None }),
        (
            r#"{"action": "rebuild", "from": "2026-11-01T00:00:00Z"}"#,
            Event::Rebuild { from: "2026-11-01T00:00:00Z".parse().ok(), to: None },
        ),
    ] {
        assert_eq!(Event::parse(payload.as_bytes()), Ok(Some(event)), "{payload}");
    }
    for empty in ["", " \n", "null", "{}", " { } "] {
        assert_eq!(Event::parse(empty.as_bytes()), Ok(None), "{empty:?}");
    }
}

/// A typo must not migrate and tick instead: it is refused with the value and what would be right.
#[test]
fn other_payloads_are_refused() {
    let refused = [
        "no JSON",
        "[]",
        "7",
        r#""tick""#,
        r#"{"action": "tikc"}"#,
        r#"{"action": "TICK"}"#,
        r#"{"action": ""}"#,
        r#"{"action": 1}"#,
        r#"{"action": null}"#,
        r#"{"actoin": "tick"}"#,
        r#"{"action": "tick", "from": null}"#,
        r#"{"action": "rebuild", "form": "2026-11-01T00:00:00Z"}"#,
        r#"{"action": "rebuild", "from": "yesterday"}"#,
        r#"{"action": "rebuild", "from": "2026-12-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}"#,
        r#"{"RequestType": "Create", "ResourceProperties": {}}"#,
    ]
    .map(|payload| {
        let error = Event::parse(payload.as_bytes()).unwrap_err();
        format!("{payload}\n    {error}\n")
    });
    insta::assert_snapshot!(refused.concat(), @r#"
    no JSON
        expected a JSON object like {"action": "tick"}, or no payload
    []
        expected a JSON object like {"action": "tick"}, or no payload
    7
        expected a JSON object like {"action": "tick"}, or no payload
    "tick"
        expected a JSON object like {"action": "tick"}, or no payload
    {"action": "tikc"}
        unknown action `tikc`: use one of all, migrate, tick, check, rebuild, reconcile, create_admin_key
    {"action": "TICK"}
        unknown action `TICK`: use one of all, migrate, tick, check, rebuild, reconcile, create_admin_key
    {"action": ""}
        unknown action ``: use one of all, migrate, tick, check, rebuild, reconcile, create_admin_key
    {"action": 1}
        unknown action 1: use one of all, migrate, tick, check, rebuild, reconcile, create_admin_key
    {"action": null}
        unknown action null: use one of all, migrate, tick, check, rebuild, reconcile, create_admin_key
    {"actoin": "tick"}
        the payload has no `action`: use one of all, migrate, tick, check, rebuild, reconcile, create_admin_key, or no payload
    {"action": "tick", "from": null}
        the payload of action `tick` is invalid: it takes no `from`
    {"action": "rebuild", "form": "2026-11-01T00:00:00Z"}
        the payload of action `rebuild` is invalid: unknown field `form`, expected `from` or `to`
    {"action": "rebuild", "from": "yesterday"}
        the payload of action `rebuild` is invalid: input contains invalid characters
    {"action": "rebuild", "from": "2026-12-01T00:00:00Z", "to": "2026-11-01T00:00:00Z"}
        the payload of action `rebuild` is invalid: `from` (2026-12-01 00:00:00 UTC) is not before `to` (2026-11-01 00:00:00 UTC)
    {"RequestType": "Create", "ResourceProperties": {}}
        the payload has no `action`: use one of all, migrate, tick, check, rebuild, reconcile, create_admin_key, or no payload
    "#);
}

#[tokio::test]
async fn migrations_alone_do_not_depend_on_the_work_of_a_tick() {
    let db = TestDb::create().await;
    let maintain = maintain(&db);
    // Something that has nothing to do with migrations is broken.
    db.execute("alter table usage_rollup_state rename to usage_rollup_state_lost").await;
    assert!(maintain.handle(Event::All).await.is_err());
    let report = maintain.handle(Event::Migrate).await.unwrap();
    assert_eq!((report.applied.len(), report.sealed_chunks, report.admin_key_created), (0, 0, false));
}

#[test]
fn default_action_is_all_or_migrate() {
    let parse = |text: &str| {
        let variables = [("DATABASE_URL", "postgres://a@b/c"), ("DEFAULT_ACTION", text)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment: Environment = variables.into_iter().collect();
        Config::from_env(&environment).map(|config| config.default_event).map_err(|error| error.to_string())
    };
    assert_eq!(parse(""), Ok(Event::All));
    assert_eq!(parse("all"), Ok(Event::All));
    assert_eq!(parse("migrate"), Ok(Event::Migrate));
    let refused = "DEFAULT_ACTION is malformed: expected `all` or `migrate`, got `tick`";
    assert_eq!(parse("tick"), Err(refused.to_owned()));
}
