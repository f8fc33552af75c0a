//! Forgetting of responses that the provider no longer has.

use maintain::Event;
use testkit::TestDb;

#[tokio::test]
async fn responses_are_forgotten_after_35_days_and_claimed_objects_are_kept() {
    let db = TestDb::create().await;
    db.execute(
        "insert into provider_objects (object_id, created_at, call_id, user_label, model, is_claimed)
        values
            ('resp_new', now() - interval '34 days', gen_random_uuid(), 'team', 'm', false),
            ('resp_old', now() - interval '36 days', gen_random_uuid(), 'team', 'm', false),
            ('conv_old', now() - interval '36 days', gen_random_uuid(), 'team', 'm', true)",
    )
    .await;
    let maintain = crate::maintain(&db);
    assert_eq!(maintain.handle(Event::Tick).await.unwrap().removed_objects, 1);
    assert_eq!(maintain.handle(Event::Tick).await.unwrap().removed_objects, 0);
    let kept = db.rows("select object_id from provider_objects order by 1").await;
    let kept: Vec<_> = kept.iter().map(|row| row["object_id"].as_str().unwrap()).collect();
    assert_eq!(kept, ["conv_old", "resp_new"]);
}
