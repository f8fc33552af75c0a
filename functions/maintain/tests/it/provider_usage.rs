//! Fetching the provider's own usage and costs.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::ids::RequestId;
use domain::provider::Provider;
use ledger::provider;
use maintain::{Event, Maintain, ProviderUsageRun};
use mock_provider::{Behaviour, Billed, BilledKind, Fault, Match, Usage};
use serde_json::{Value, json};
use testkit::Harness;

use crate::with;

const KEY: &str = "sk-admin-of-the-tests";

fn maintain(harness: &Harness, key: &str) -> Maintain {
    with(
        &harness.db,
        &[
            ("OPENAI_ADMIN_KEY", key),
            ("OPENAI_API_BASE", &harness.mock.base_url()),
            ("UPSTREAM_MAX_RETRIES", "2"),
        ],
    )
}

/// Calls at noon, some days ago.
fn bill(harness: &Harness, days_ago: u64, requests: u64) {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
    harness.mock.bill(Billed {
        at: (today - days_ago) * 86_400 + 43_200,
        kind: BilledKind::Completions,
        model: "gpt-4o-2024-11-20".to_owned(),
        service_tier: "default".to_owned(),
        project_id: "proj_a".to_owned(),
        api_key_id: "key_a".to_owned(),
        requests,
        usage: Usage {
            input_tokens: 100 * requests,
            cached_tokens: 40,
            output_tokens: 7,
            ..Usage::default()
        },
    });
}

async fn usage(harness: &Harness) -> Vec<Value> {
    let usage = "select (now() at time zone 'UTC')::date - day as ago, requests, input_tokens, cached_tokens,
        (select sum(amount_pico_usd)::bigint from provider_costs c where c.day = u.day) as cost
        from provider_usage u order by day";
    harness.db.rows(usage).await
}

async fn days(harness: &Harness) -> usize {
    harness.db.rows("select from provider_days").await.len()
}

async fn status(harness: &Harness) -> Value {
    harness
        .db
        .rows("select status, error, lease_id from provider_fetches where provider = 'openai'")
        .await
        .remove(0)
}

fn organization_requests(harness: &Harness) -> usize {
    let requests = harness.mock.requests();
    requests.iter().filter(|request| request.path.starts_with("/v1/organization/")).count()
}

/// The run for the one provider that has a key.
async fn run(maintain: &Maintain, event: Event) -> ProviderUsageRun {
    let runs = maintain.handle(event).await.unwrap().provider_usage;
    <[ProviderUsageRun; 1]>::try_from(runs).unwrap().into_iter().next().unwrap()
}

fn ended(status: &'static str, days: usize) -> ProviderUsageRun {
    ProviderUsageRun { provider: Provider::OPENAI, status, days }
}

#[tokio::test]
async fn month_is_fetched_page_by_page_and_later_usage_replaces_earlier() {
    let harness = Harness::start().await;
    let maintain = maintain(&harness, KEY);
    bill(&harness, 30, 1);
    bill(&harness, 1, 2);
    // Two days a page, for the first requests.
    let small = Behaviour { page_buckets: Some(2), ..Behaviour::default() };
    harness.mock.script_for(Match::model("organization/costs"), [small.clone(), small]);
    assert_eq!(run(&maintain, Event::Tick).await, ended("complete", 31));
    let expected = |requests: i64, ago: i64| {
        let cost = (requests * 100 - 40) * 2_500_000 + 40 * 1_250_000 + 7 * 10_000_000;
        json!({"ago": ago, "requests": requests, "input_tokens": requests * 100, "cached_tokens": 40, "cost": cost})
    };
    assert_eq!(usage(&harness).await, [expected(1, 30), expected(2, 1)]);
    let request = &harness.mock.requests()[0];
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));

    // Nothing is fetched within the hour, and final days are never fetched again.
    let before = organization_requests(&harness);
    assert_eq!(run(&maintain, Event::Tick).await.status, "not_due");
    assert_eq!(organization_requests(&harness), before);
    harness.mock.reset();
    bill(&harness, 30, 9);
    bill(&harness, 1, 3);
    assert_eq!(run(&maintain, Event::Reconcile).await, ended("complete", 3));
    assert_eq!(usage(&harness).await, [expected(1, 30), expected(3, 1)]);
    assert_eq!(days(&harness).await, 31);
    let last = harness.db.rows("select is_final from provider_days order by day desc limit 4").await;
    assert_eq!(last, [false, false, false, true].map(|is_final| json!({"is_final": is_final})));
}

#[tokio::test]
async fn transient_faults_are_retried_and_lasting_ones_do_not_affect_other_work() {
    let harness = Harness::start().await;
    let maintain = maintain(&harness, KEY);
    harness.mock.script_for(Match::model("organization/costs"), [Fault::RateLimited, Fault::ServerError]);
    assert_eq!(run(&maintain, Event::Tick).await, ended("complete", 31));

    harness
        .db
        .execute("delete from provider_days; update provider_fetches set next_run_at = '-infinity'")
        .await;
    let refused = std::iter::repeat_n(Fault::Overloaded, 3);
    harness.mock.script_for(Match::model("organization/usage/embeddings"), refused);
    harness
        .db
        .execute(
            "insert into open_calls (id, opened_at, deadline_at, input_bound_tokens, output_bound_tokens,
                reserved_pico_usd, stream, user_label, model, endpoint)
            values (gen_random_uuid(), now(), now() - interval '1 second', 10, 1, 1, false, 'a', 'm', 'e')",
        )
        .await;
    let report = maintain.handle(Event::Tick).await.unwrap();
    assert_eq!((report.provider_usage, report.abandoned_calls), (vec![ended("failed", 0)], 1));
    assert_eq!(days(&harness).await, 0);
    let expected =
        json!({"status": "failed", "error": "the provider responded with status 503", "lease_id": null});
    assert_eq!(status(&harness).await, expected);
    // A malformed response fails the run; the next run recovers.
    harness.mock.script_for(Match::model("organization/usage/completions"), [Fault::BadJson]);
    assert_eq!(run(&maintain, Event::Reconcile).await.status, "failed");
    assert_eq!(run(&maintain, Event::Reconcile).await, ended("complete", 31));
}

#[tokio::test]
async fn keys_without_access_to_usage_are_reported_and_break_nothing() {
    let harness = Harness::start().await;
    for key in ["sk-plain-and-simple", "put-the-admin-key-here"] {
        let report = maintain(&harness, key).handle(Event::Reconcile).await.unwrap();
        assert_eq!(report.provider_usage, [ended("unauthorised", 0)]);
        let stored = status(&harness).await;
        assert_eq!(stored["status"], "unauthorised");
        assert!(!stored.to_string().contains(key), "{stored}");
    }
    assert_eq!(with(&harness.db, &[]).handle(Event::Tick).await.unwrap().provider_usage, []);
    assert_eq!(days(&harness).await, 0);
}

#[tokio::test]
async fn only_one_of_two_concurrent_fetchers_fetches() {
    let harness = Harness::start().await;
    let (one, two) = (maintain(&harness, KEY), maintain(&harness, KEY));
    let (one, two) = tokio::join!(run(&one, Event::Reconcile), run(&two, Event::Reconcile));
    let mut both = [(one.status, one.days), (two.status, two.days)];
    both.sort_unstable();
    assert_eq!(both, [("complete", 31), ("not_due", 0)]);
    // Five ranges of days, each with completions, embeddings and costs.
    assert_eq!(organization_requests(&harness), 15);
}

#[tokio::test]
async fn run_after_a_killed_fetcher_resumes_with_the_missing_days() {
    let harness = Harness::start().await;
    let killed = maintain(&harness, KEY);
    let hangs = [Behaviour::default(), Fault::Hang.into()];
    harness.mock.script_for(Match::model("organization/costs"), hangs);
    tokio::select! {
        _ = run(&killed, Event::Tick) => panic!("it hangs"),
        () = harness.eventually("the second range hangs", async || organization_requests(&harness) == 6) => {}
    }
    // 31 days are four weeks and three days; the newest are fetched first.
    assert_eq!(days(&harness).await, 3);
    let next = maintain(&harness, KEY);
    assert_eq!(run(&next, Event::Reconcile).await.status, "not_due", "the lease of the dead run holds");
    harness.db.execute("update provider_fetches set leased_until = clock_timestamp()").await;
    assert_eq!(run(&next, Event::Tick).await, ended("complete", 28));
    assert_eq!(days(&harness).await, 31);
}

#[tokio::test]
async fn run_that_lost_its_lease_replaces_nothing() {
    let harness = Harness::start().await;
    let database = harness.db.open();
    let id = || RequestId::generate().as_uuid();
    let lost = provider::claim(&database, Provider::OPENAI, id(), true).await.unwrap().unwrap();
    assert!(provider::claim(&database, Provider::OPENAI, id(), true).await.unwrap().is_none());
    harness.db.execute("update provider_fetches set leased_until = clock_timestamp()").await;
    let held = provider::claim(&database, Provider::OPENAI, id(), true).await.unwrap().unwrap();
    let day = provider::Day { day: "2026-11-02".parse().unwrap(), usage: Vec::new(), costs: None };
    assert!(!provider::replace_day(&database, &lost, &day).await.unwrap());
    assert_eq!(days(&harness).await, 0);
    assert!(provider::replace_day(&database, &held, &day).await.unwrap());
    provider::release(&database, &lost, provider::Outcome::Failed, None).await.unwrap();
    assert!(!status(&harness).await["lease_id"].is_null(), "the other's lease is left alone");
}

#[tokio::test]
async fn day_without_costs_is_not_final() {
    let harness = Harness::start().await;
    let database = harness.db.open();
    let lease = provider::claim(&database, Provider::OPENAI, RequestId::generate().as_uuid(), true)
        .await
        .unwrap()
        .unwrap();
    let mut day = provider::Day { day: "2026-11-02".parse().unwrap(), usage: Vec::new(), costs: None };
    for (costs, is_final) in [(None, false), (Some(Vec::new()), true)] {
        day.costs = costs;
        assert!(provider::replace_day(&database, &lease, &day).await.unwrap());
        assert_eq!(harness.db.rows("select is_final from provider_days").await[0]["is_final"], is_final);
    }
}

#[test]
fn admin_key_is_set_directly_or_by_secret_but_not_both() {
    let config = |changes: &[(&str, &str)]| {
        let variables = [("DATABASE_URL", "postgres://a@b/c")].iter().chain(changes);
        let environment = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        maintain::Config::from_env(&environment)
    };
    assert!(config(&[]).unwrap().organizations.is_empty());
    let given = config(&[("OPENAI_ADMIN_KEY", KEY)]).unwrap().organizations.remove(0).1;
    assert!(given.timeout > Duration::ZERO);
    assert!(config(&[("OPENAI_ADMIN_KEY", KEY), ("OPENAI_ADMIN_SECRET_ARN", "arn:aws:x")]).is_err());
}

#[tokio::test]
async fn each_provider_is_fetched_on_its_own() {
    let harness = Harness::start().await;
    let base = harness.mock.base_url();
    let both = with(
        &harness.db,
        &[
            ("OPENAI_ADMIN_KEY", KEY),
            ("OPENAI_API_BASE", &base),
            ("ANTHROPIC_ADMIN_KEY", "sk-ant-admin-of-the-tests"),
            ("ANTHROPIC_API_BASE", &base),
            ("UPSTREAM_MAX_RETRIES", "0"),
        ],
    );
    bill(&harness, 1, 2);
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 86_400;
    for (days_ago, key) in [(1, "apikey_a"), (1, "apikey_b"), (20, "apikey_a")] {
        harness.mock.bill(Billed {
            at: (today - days_ago) * 86_400 + 43_200,
            kind: BilledKind::Messages,
            model: "claude-opus-5".to_owned(),
            service_tier: "standard".to_owned(),
            project_id: "wrkspc_a".to_owned(),
            api_key_id: key.to_owned(),
            requests: 3,
            usage: Usage {
                input_tokens: 1_000,
                cached_tokens: 300,
                cache_write_tokens: 40,
                cache_write_long_tokens: 60,
                output_tokens: 7,
                web_search_requests: 1,
                ..Usage::default()
            },
        });
    }
    let fetched = async |event| {
        let runs = both.handle(event).await.unwrap().provider_usage;
        runs.into_iter().map(|run| (run.provider.to_string(), run.status, run.days)).collect::<Vec<_>>()
    };
    let anthropics = "organizations/usage_report/messages";
    let small = Behaviour { page_buckets: Some(3), ..Behaviour::default() };
    harness.mock.script_for(Match::model(anthropics), [small]);
    let done = |openai, anthropic, days| {
        [("openai".to_owned(), openai, 31), ("anthropic".to_owned(), anthropic, days)]
    };
    harness.mock.script_for(Match::model("organizations/cost_report"), [Fault::ServerError]);
    assert_eq!(fetched(Event::Tick).await, done("complete", "failed", 0));
    harness.db.execute("update provider_fetches set next_run_at = '-infinity'").await;
    assert_eq!(fetched(Event::Tick).await.last(), done("", "complete", 31).last());
    let lines = harness
        .db
        .rows(
            "select u.provider, endpoint, count(*) as lines, sum(requests)::bigint as requests,
                sum(input_tokens)::bigint as input_tokens, sum(cached_tokens)::bigint as cached_tokens,
                sum(cache_write_tokens)::bigint as cache_write_tokens,
                (select sum(amount_pico_usd)::bigint from provider_costs c where c.provider = u.provider) as cost
            from provider_usage u group by u.provider, endpoint order by u.provider",
        )
        .await;
    // Per million: 5 USD for input, a tenth of it from the cache, 1.25 and 2 times as much into it; 25 for output.
    let cost = (600 * 5_000_000 + 300 * 500_000 + 40 * 6_250_000 + 60 * 10_000_000 + 7 * 25_000_000)
        + 10_000_000_000i64;
    let openai = 200 * 2_500_000 - 40 * 1_250_000 + 7 * 10_000_000i64;
    assert_eq!(
        lines,
        [
            json!({
                "provider": "anthropic", "endpoint": "messages", "lines": 3, "requests": null, "input_tokens": 3000,
                "cached_tokens": 900, "cache_write_tokens": 300, "cost": 3 * cost
            }),
            json!({
                "provider": "openai", "endpoint": "completions", "lines": 1, "requests": 2, "input_tokens": 200,
                "cached_tokens": 40, "cache_write_tokens": 0, "cost": openai
            }),
        ]
    );
    let requests = harness.mock.requests();
    let of_anthropic = requests.iter().filter(|request| request.path.starts_with("/v1/organizations/"));
    for request in of_anthropic {
        assert_eq!(request.header("x-api-key"), Some("sk-ant-admin-of-the-tests"));
        assert_eq!(request.header("authorization"), None);
    }
}
