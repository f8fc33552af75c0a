//! Exports.

use domain::keys::Scope;
use testkit::{Harness, get};

use crate::reading::calls;
use crate::router;

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
    insta::assert_snapshot!(heading, @"id,created_at,started_at,user_label,key_id,endpoint,model,served_model,service_tier,stream,status,http_status,error_code,attempts,input_tokens,cached_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,price_id,latency_ms,first_byte_ms,overhead_ms,upstream_request_id,tags,sdk,fees,audio_input_tokens,audio_output_tokens,retried_input_tokens,retried_output_tokens,retried_cost_usd,key_name");
    insta::assert_snapshot!(row.split_once(',').unwrap().1.trim_end(), @r#""2026-11-03T10:00:00.000000Z","2026-11-03T10:00:00.000000Z","a",,"responses","gpt-4o",,,false,"settled",,,2,10,0,0,5,0,1,,1.5,,,,,"'=cmd|'/c calc'!A1",,0,0,0,0,0,"#);
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
