//! What the ledger refuses to hold: a call with values that cannot be true, no matter which role writes it.

use testkit::TestDb;
use tokio_postgres::error::SqlState;

const COLUMNS: [(&str, &str); 21] = [
    ("status", "'settled'"),
    ("revision", "0"),
    ("corrected_status", "null"),
    ("attempts", "1"),
    ("input_tokens", "10"),
    ("uncached_tokens", "4"),
    ("cached_tokens", "3"),
    ("cache_write_tokens", "2"),
    ("audio_input_tokens", "1"),
    ("output_tokens", "8"),
    ("reasoning_tokens", "8"),
    ("audio_output_tokens", "0"),
    ("cache_write_long_tokens", "0"),
    ("cached_audio_tokens", "0"),
    ("image_output_tokens", "0"),
    ("retried_input_tokens", "10"),
    ("retried_output_tokens", "8"),
    ("cost_pico_usd", "100"),
    ("retried_cost_pico_usd", "100"),
    ("user_label", "'team'"),
    ("model", "'m'"),
];

/// An insertion of a sound call but for these values.
fn insertion(changed: &[(&str, &str)]) -> String {
    let value_of = |column: &str, sound: &'static str| {
        changed
            .iter()
            .find(|(name, _)| *name == column)
            .map_or(sound.to_owned(), |(_, value)| (*value).to_owned())
    };
    let names = COLUMNS.map(|(name, _)| name).join(", ");
    let values = COLUMNS.map(|(name, sound)| value_of(name, sound)).join(", ");
    format!(
        "insert into usage_logs (id, started_at, endpoint, stream, {names})
        values (gen_random_uuid(), clock_timestamp(), 'chat.completions', false, {values})"
    )
}

#[tokio::test]
async fn sound_calls_and_corrections_enter_the_ledger() {
    let db = TestDb::create().await;
    db.execute(&insertion(&[])).await;
    db.execute(&insertion(&[
        ("cache_write_long_tokens", "2"),
        ("cached_audio_tokens", "3"),
        ("input_tokens", "15"),
        ("image_output_tokens", "4"),
        ("audio_output_tokens", "4"),
    ]))
    .await;
    db.execute(&insertion(&[("cost_pico_usd", "null"), ("retried_cost_pico_usd", "0")])).await;
    db.execute(&insertion(&[
        ("revision", "1"),
        ("corrected_status", "'abandoned'"),
        ("input_tokens", "-10"),
        ("uncached_tokens", "-16"),
        ("output_tokens", "-8"),
        ("cost_pico_usd", "-100"),
    ]))
    .await;
}

#[tokio::test]
async fn values_that_cannot_be_true_are_refused() {
    let db = TestDb::create().await;
    let client = db.client().await;
    let unsound: [&[(&str, &str)]; 20] = [
        &[("status", "'done'")],
        &[("corrected_status", "'abandoned'")],
        &[("revision", "1")],
        &[("input_tokens", "11")],
        &[("cached_tokens", "-3"), ("input_tokens", "4")],
        &[("uncached_tokens", "-4"), ("input_tokens", "2")],
        &[("attempts", "-1")],
        &[("reasoning_tokens", "9")],
        &[("audio_output_tokens", "9")],
        &[("reasoning_tokens", "-1")],
        &[("cache_write_long_tokens", "1")],
        &[("cached_audio_tokens", "1")],
        &[("cached_audio_tokens", "-1"), ("input_tokens", "9")],
        &[("image_output_tokens", "9")],
        &[("image_output_tokens", "5"), ("audio_output_tokens", "4")],
        &[("retried_input_tokens", "11")],
        &[("retried_output_tokens", "9")],
        &[("cost_pico_usd", "-1")],
        &[("retried_cost_pico_usd", "101")],
        &[("retried_cost_pico_usd", "-1")],
    ];
    for changed in unsound {
        let refused = client.execute(&insertion(changed), &[]).await.unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::CHECK_VIOLATION), "{changed:?}: {refused}");
    }
    assert_eq!(db.rows("select count(*) from usage_logs").await[0]["count"], 0);
}
