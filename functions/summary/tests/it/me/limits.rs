//! Which limits a caller sees, and how much of them.

use domain::keys::Scope;
use domain::limits::{LimitSubject, Metric, Period};
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, Reply, get};

use super::PATH;
use crate::router;

fn subjects(reply: &Reply) -> String {
    let limits = reply.json()["limits"].clone();
    let limits = limits.as_array().unwrap().iter().map(|limit| {
        let subject = &limit["subject"];
        let of = |field: &Value| field.as_str().unwrap_or("-").chars().take(4).collect::<String>();
        format!("{} {} {}", of(&subject["kind"]), of(&subject["id"]), of(&limit["metric"]))
    });
    limits.collect::<Vec<_>>().join(", ")
}

/// Each limit as `subject used reserved amount remaining overrun refusals`.
async fn amounts(router: &axum::Router, query: &str, key: &str) -> Vec<String> {
    let me = get(router, &format!("{PATH}{query}"), key).await.json();
    let limits = me["limits"].as_array().unwrap().iter();
    let line = |limit: &Value| {
        let subject = limit["subject"]["id"].as_str().unwrap_or("global");
        let subject = subject.strip_prefix("key_").map_or(subject, |_| "key");
        let amounts = ["used", "reserved", "amount", "remaining", "overrun", "refusals"];
        let amounts = amounts.map(|name| limit[name].to_string());
        format!("{subject}: {}", amounts.join(" "))
    };
    limits.map(line).collect()
}

#[tokio::test]
async fn callers_read_the_use_of_their_own_limits_alone() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let bound = harness.key().label("search").create().await;
    let (unbound, admin) =
        (harness.key().create().await, harness.key().scopes(&[Scope::Admin]).create().await);
    let reader = harness.key().scopes(&[Scope::UsageRead]).create().await;
    let bound_reader = harness.key().scopes(&[Scope::UsageRead]).label("search").create().await;
    for limit in [
        harness.limit(Metric::Tokens, 9),
        harness.limit(Metric::Requests, 9).label("search"),
        harness.limit(Metric::Requests, 8).label("*"),
        harness.limit(Metric::Tokens, 9).label("*"),
        harness.limit(Metric::Requests, 9).on(LimitSubject::EachKey),
    ] {
        let id = limit.create().await;
        let open = format!("select limit_windows_open('{id}', now(), array['search', ''])");
        harness.db.execute(&open).await;
    }
    harness
        .db
        .execute(
            "select limit_windows_open(l.id, now(), array[k.id::text]) from limits l, api_keys k
                where l.subject = 'key:*';
            update limit_windows set settled = 3, reserved = 1",
        )
        .await;
    let own = [
        "global: null null null 5 null null",
        "search: 3 1 9 5 0 0",
        "search: 3 1 9 5 0 0",
        "key: 3 1 9 5 0 0",
    ];
    assert_eq!(amounts(&router, "", &bound).await, own, "the label's own limit replaces one for each");
    assert_eq!(amounts(&router, "", &bound_reader).await, own);
    assert_eq!(
        amounts(&router, "", &unbound).await,
        ["global: null null null 5 null null", "key: 3 1 9 5 0 0"]
    );
    assert_eq!(
        amounts(&router, "?user_label=search", &unbound).await,
        [
            "global: null null null 5 null null",
            "search: null null null 5 null null",
            "search: null null null 5 null null",
            "key: 3 1 9 5 0 0"
        ]
    );
    for key in [&reader, &admin] {
        assert_eq!(
            amounts(&router, "?user_label=search", key).await,
            ["global: 3 1 9 5 0 0", "search: 3 1 9 5 0 0", "search: 3 1 9 5 0 0", "key: 3 1 9 5 0 0"]
        );
    }
}

#[tokio::test]
async fn limits_on_tags_are_shown_to_callers_that_name_the_tag() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let bound = harness.key().label("search").create().await;
    let admin = harness.key().scopes(&[Scope::Admin]).create().await;
    for (tag, cap) in [("team=a b", 9), ("team=*", 8), ("env=prod", 7), ("tag.x=1", 6)] {
        harness.limit(Metric::Tokens, cap).on(LimitSubject::Tag(tag.to_owned())).create().await;
    }
    harness.limit(Metric::Requests, 5).on(LimitSubject::Tag("team=*".to_owned())).create().await;
    let open =
        "select limit_windows_open(l.id, now(), array['team=a b', 'team=c']) from limits l where l.is_each;
        update limit_windows set settled = 3, refusals = 1";
    harness.db.execute(open).await;
    assert_eq!(amounts(&router, "", &admin).await, [""; 0]);
    assert_eq!(
        amounts(&router, "?tag.team=a%20b", &admin).await,
        ["team=a b: 0 0 9 9 0 0", "team=a b: 3 0 5 2 0 1"],
        "the tag's own limit replaces one for each"
    );
    assert_eq!(
        amounts(&router, "?tag.team=c&tag.env=prod&tag.tag.x=1&tag.free=1", &bound).await,
        [
            "team=c: null null null 5 null null",
            "env=prod: null null null 7 null null",
            "tag.x=1: null null null 6 null null",
            "team=c: null null null 2 null null"
        ],
    );
    let reply = get(&router, &format!("{PATH}?tag.team=a&tag.team=b&tag.="), &bound).await;
    assert_eq!(
        reply.json()["errors"],
        json!([
            {"field": "tag.team", "message": "must be sent only once"},
            {"field": "tag.", "message": "is not a parameter of this endpoint"}
        ])
    );
}

#[tokio::test]
async fn unbound_key_may_ask_about_any_label_and_a_bound_key_about_its_own() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let (unbound, bound) = (harness.key().create().await, harness.key().label("search").create().await);
    harness.limit(Metric::Tokens, 5).per(Period::Day).create().await;
    harness.limit(Metric::Requests, 5).label("search").per(Period::Day).create().await;
    harness.limit(Metric::Usd, 5).label("team a/b").per(Period::Day).create().await;
    let mut answers = Vec::new();
    for (who, key) in [("unbound", &unbound), ("bound", &bound)] {
        for query in
            ["", "?user_label=search", "?user_label=team%20a/b", "?user_label=unused", "?user_label="]
        {
            let reply = get(&router, &format!("{PATH}{query}"), key).await;
            let shown = if reply.status == StatusCode::OK {
                subjects(&reply)
            } else {
                reply.json()["type"].to_string()
            };
            answers.push(format!("{who} {query}: {shown}"));
        }
    }
    let reply = get(&router, &format!("{PATH}?user_label=a&user_label=b&label=c"), &bound).await;
    answers.push(reply.json()["errors"].to_string());
    insta::assert_snapshot!(answers.join("\n"), @r#"
    unbound : glob - toke
    unbound ?user_label=search: glob - toke, labe sear requ
    unbound ?user_label=team%20a/b: glob - toke, labe team usd
    unbound ?user_label=unused: glob - toke
    unbound ?user_label=: "urn:tokenmeter:error:invalid_request"
    bound : glob - toke, labe sear requ
    bound ?user_label=search: glob - toke, labe sear requ
    bound ?user_label=team%20a/b: "urn:tokenmeter:error:label_not_allowed"
    bound ?user_label=unused: "urn:tokenmeter:error:label_not_allowed"
    bound ?user_label=: "urn:tokenmeter:error:invalid_request"
    [{"field":"user_label","message":"must be sent only once"},{"field":"label","message":"is not a parameter of this endpoint"}]
    "#);
}
