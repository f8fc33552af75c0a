//! Limits for each label, key or value of a tag: a window for each, one limit in the place of another, and hardness.

use domain::calls::Verdict;
use domain::change::{Actor, Precondition};
use domain::ids::{CallId, LimitId};
use domain::limits::{LimitFacts, LimitSubject, Metric, Mode, Period, Unbounded};
use ledger::limits::{changes, windows};
use ledger::{Database, calls, prices};
use serde_json::{Value, json};
use testkit::TestDb;

use crate::limits::{actor, admission, record};

struct World {
    db: TestDb,
    database: Database,
    actor: Actor,
    price_version: i64,
}

impl World {
    async fn start() -> Self {
        let db = TestDb::create().await;
        let database = db.open();
        let price_version = prices::load(&database).await.unwrap().version();
        let actor = actor(&db).await;
        Self { db, database, actor, price_version }
    }

    async fn limit_by(&self, actor: &Actor, subject: &str, period: Period, amount: i64) -> LimitId {
        let subject = match subject.split_once('=') {
            Some(_) => LimitSubject::Tag(subject.to_owned()),
            None => LimitSubject::Label(subject.to_owned()),
        };
        let (metric, mode) = (Metric::Requests, Mode::Hard);
        let facts = LimitFacts {
            subject,
            metric,
            period,
            amount,
            mode,
            time_zone: "UTC".into(),
            unbounded: Unbounded::Reserve,
        };
        changes::create(&self.database, &facts, actor).await.unwrap().id
    }

    async fn limit(&self, subject: &str, amount: i64) -> LimitId {
        self.limit_by(&self.actor, subject, Period::Month, amount).await
    }

    async fn delete(&self, id: LimitId) {
        changes::delete(&self.database, id, &Precondition::default(), &self.actor).await.unwrap();
    }

    /// Whether a call is admitted; it is settled at once.
    async fn call(&self, label: &str, tags: Option<Value>) -> bool {
        let id = CallId::generate();
        let mut call = admission(id, self.price_version, Some(50));
        (call.label, call.tags) = (Some(label), tags.as_ref());
        let Verdict::Admitted(admitted) = calls::admit(&self.database, &call).await.unwrap() else {
            return false;
        };
        let record = domain::calls::CallRecord { tags: tags.clone(), ..record(id, &admitted, Some(5)) };
        calls::settle(&self.database, &record, &admitted.reservations).await.unwrap();
        true
    }

    async fn admitted_of(&self, label: &str, calls: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..calls {
            admitted += usize::from(self.call(label, None).await);
        }
        admitted
    }

    /// Each current window as `subject: used`.
    async fn used(&self, id: LimitId) -> Vec<String> {
        let windows = windows::list(&self.database, id, None, 100).await.unwrap();
        let name = |subject: &LimitSubject| subject.id().unwrap_or_default();
        windows.iter().map(|window| format!("{}: {}", name(&window.subject), window.usage.used)).collect()
    }
}

#[tokio::test]
async fn each_label_has_its_own_window_with_its_history() {
    let world = World::start().await;
    assert_eq!(world.admitted_of("ada", 2).await, 2);
    let each = world.limit("*", 3).await;
    assert_eq!(world.used(each).await, ["ada: 2"]);
    assert_eq!((world.admitted_of("ada", 3).await, world.admitted_of("bob", 5).await), (1, 3));
    assert_eq!(world.used(each).await, ["bob: 3", "ada: 3"]);
    let limit = ledger::limits::find(&world.database, each).await.unwrap().unwrap();
    assert_eq!((limit.usage.used, limit.usage.remaining, limit.windows), (6, 0, Some(2)));
    world.db.execute("update limits set amount = 4").await;
    assert_eq!((world.admitted_of("ada", 3).await, world.admitted_of("eve", 5).await), (1, 4));
    let events = world
        .db
        .rows("select subject_id from limit_events where kind = 'refused' and cap = 4 order by subject_id")
        .await;
    assert_eq!(events, [json!({"subject_id": "ada"}), json!({"subject_id": "eve"})]);
    world.delete(each).await;
    assert!(world.call("ada", None).await);
}

#[tokio::test]
async fn limit_on_one_label_replaces_the_one_for_each_until_it_is_deleted() {
    let world = World::start().await;
    let each = world.limit("*", 3).await;
    assert_eq!(world.admitted_of("ada", 2).await, 2);
    let own = world.limit("ada", 6).await;
    assert_eq!(world.used(each).await, [] as [&str; 0]);
    assert_eq!((world.admitted_of("ada", 9).await, world.admitted_of("bob", 9).await), (4, 3));
    // Of another window: both apply.
    let daily = world.limit_by(&world.actor, "ada", Period::Day, 7).await;
    world.delete(own).await;
    assert_eq!(world.used(each).await, ["ada: 6", "bob: 3"], "what ada used in the meantime counts");
    assert!(!world.call("ada", None).await);
    world.db.execute("update limits set amount = 100 where period = 'month'").await;
    assert_eq!(world.admitted_of("ada", 5).await, 1);
    assert_eq!(world.used(daily).await, ["ada: 7"]);
}

#[tokio::test]
async fn limit_of_a_bound_administrator_does_not_loosen_the_one_for_each() {
    let world = World::start().await;
    let each = world.limit("*", 3).await;
    let bound = Actor { user_label: Some("ada".into()), ..world.actor.clone() };
    let loose = world.limit_by(&bound, "ada", Period::Month, 1000).await;
    assert_eq!(world.admitted_of("ada", 5).await, 3);
    assert_eq!(
        (world.used(each).await, world.used(loose).await),
        (vec!["ada: 3".into()], vec!["ada: 3".into()])
    );
    world.delete(loose).await;
    assert_eq!(world.used(each).await, ["ada: 3"]);
}

#[tokio::test]
async fn tags_have_windows_by_value() {
    let world = World::start().await;
    let team = |name: &str| Some(json!({"team": name, "env": "prod"}));
    assert!(world.call("ada", team("search")).await);
    let (each, ads) = (world.limit("team=*", 2).await, world.limit("team=ads", 1).await);
    let mut admitted = Vec::new();
    for tags in [team("search"), team("search"), team("ads"), team("ads"), None, Some(json!({"env": "x"}))] {
        admitted.push(world.call("bob", tags).await);
    }
    assert_eq!(admitted, [true, false, true, false, true, true]);
    assert_eq!(
        (world.used(each).await, world.used(ads).await),
        (vec!["team=search: 2".into()], vec!["team=ads: 1".into()])
    );
    world.delete(ads).await;
    assert_eq!(world.used(each).await, ["team=search: 2", "team=ads: 1"]);
}

/// Twenty first calls of a label at once open one window, which admits as many as it has room for.
#[tokio::test(flavor = "multi_thread")]
async fn first_calls_of_a_label_at_once_share_one_window() {
    let world = World::start().await;
    let each = world.limit("*", 3).await;
    for label in ["ada", "bob", "eve"] {
        let admit = async || {
            let database = world.db.open();
            let mut call = admission(CallId::generate(), world.price_version, Some(50));
            call.label = Some(label);
            matches!(calls::admit(&database, &call).await.unwrap(), Verdict::Admitted(_))
        };
        let mut admitted = 0;
        for _ in 0..4 {
            let (one, two, three, four, five) = tokio::join!(admit(), admit(), admit(), admit(), admit());
            admitted += [one, two, three, four, five].into_iter().filter(|admitted| *admitted).count();
        }
        assert_eq!(admitted, 3, "{label}");
    }
    let windows = windows::list(&world.database, each, None, 100).await.unwrap();
    assert_eq!(windows.iter().map(|window| window.usage.reserved).collect::<Vec<_>>(), [3, 3, 3]);
}

#[tokio::test]
async fn windows_of_many_labels_are_listed_in_pages() {
    let world = World::start().await;
    world
        .db
        .execute(
            "insert into usage_logs (id, key_id, created_at, started_at, user_label, model, endpoint, status, stream, attempts,
                input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
                reasoning_tokens, audio_output_tokens, cost_pico_usd)
            select gen_random_uuid(), gen_random_uuid(), clock_timestamp(), clock_timestamp(), 'label ' || n, 'm', 'e', 'settled', false, 1,
                1, 1, 0, 0, 0, 0, 0, 0, 0
            from generate_series(1, 500) as n
            cross join generate_series(0, n % 3)",
        )
        .await;
    let each = world.limit_by(&world.actor, "*", Period::Total, 1000).await;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = windows::list(&world.database, each, after, 150).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.usage.used, last.row_id));
        found.extend(page.into_iter().map(|window| (window.usage.used, window.subject.id().unwrap())));
    }
    assert!(found.is_sorted_by_key(|(used, _)| std::cmp::Reverse(*used)));
    let labels: std::collections::BTreeSet<&String> = found.iter().map(|(_, label)| label).collect();
    assert_eq!((found.len(), labels.len()), (500, 500));
    let limit = ledger::limits::find(&world.database, each).await.unwrap().unwrap();
    assert_eq!((limit.windows, limit.usage.remaining), (Some(500), 997));
}
