//! Exports.

use axum::Router;
use domain::keys::Scope;
use http::StatusCode;
use testkit::{Harness, Reply, get, request, send};

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
    insta::assert_snapshot!(heading, @"
    id,created_at,started_at,user_label,key_id,endpoint,model,served_model,service_tier,stream,status,http_status,error_code,attempts,input_tokens,cached_tokens,cache_write_tokens,output_tokens,reasoning_tokens,cost_usd,price_id,latency_ms,first_byte_ms,overhead_ms,upstream_request_id,tags,sdk,fees,audio_input_tokens,audio_output_tokens,retried_input_tokens,retried_output_tokens,retried_cost_usd,key_name,provider,cache_write_long_tokens,cached_audio_tokens,image_output_tokens,parts,upstream,upstream_cost_usd,table_cost_usd,cost_source,route
    ");
    insta::assert_snapshot!(row.split_once(',').unwrap().1.trim_end(), @r#"
    "2026-11-03T10:00:00.000000Z","2026-11-03T10:00:00.000000Z","a",,"responses","gpt-4o",,,false,"settled",,,2,10,0,0,5,0,1,,1.5,,,,,"'=cmd|'/c calc'!A1",,0,0,0,0,0,,"openai",0,0,0,,,,,"table",
    "#);
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

/// As a browser does: without a key.
async fn download(router: &Router, url: &str) -> Reply {
    let mut asked = request(http::Method::GET, url, "", "");
    asked.headers_mut().remove("authorization");
    send(router, asked).await
}

const EXPORT: &str = "/api/usage/export/link?format=csv&user_label=a%20%26%20b&model=gpt-4o&tag.env=x=y";

async fn link(router: &Router, key: &str, path: &str) -> String {
    let reply = get(router, path, key).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.json()["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn link_downloads_exactly_its_export() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, &[("2026-11-03T10:00:00Z", "a", "settled"), ("2026-11-04T10:00:00Z", "b", "failed")])
        .await;
    let plain = "format=ndjson&user_label=a&cost=current";
    let url = link(&router, &key, &format!("/api/usage/export/link?{plain}")).await;
    let whole = get(&router, &format!("/api/usage/export?{plain}"), &key).await;
    let reply = download(&router, &url).await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, whole.text()));
    assert!(!reply.text().is_empty());
    let awkward = link(&router, &key, EXPORT).await;
    assert_eq!(download(&router, &awkward).await.status, StatusCode::OK);
    // Another order is the same query, as gateways may change it.
    let (path, query) = url.split_once('?').unwrap();
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.reverse();
    assert_eq!(download(&router, &format!("{path}?{}", pairs.join("&"))).await.status, StatusCode::OK);
    let token = url.split_once("link=").unwrap().1;
    let (rest, last) = token.split_at(token.len() - 1);
    let forged = format!("{rest}{}", if last == "A" { "E" } else { "A" });
    for other in [
        format!("/api/usage/export?format=ndjson&cost=current&link={token}"),
        format!("/api/usage/export?{plain}&user_label=b&link={token}"),
        format!("/api/usage/export?{plain}&link={forged}"),
        format!("/api/usage/export?{plain}&link="),
        format!("{url}&link={token}x"),
    ] {
        let reply = download(&router, &other).await;
        // The first token counts; a second one is no field of an export.
        assert!(
            reply.status == StatusCode::FORBIDDEN || other.starts_with(&url),
            "{other}: {}",
            reply.status
        );
        assert!(!reply.status.is_success(), "{other}");
    }
    for elsewhere in ["/api/usage/calls", "/api/usage/summary", "/api/usage/export/link"] {
        let reply = download(&router, &format!("{elsewhere}?{plain}&link={token}")).await;
        assert!(reply.status.is_client_error(), "{elsewhere}");
    }
}

#[tokio::test]
async fn link_ends_with_its_key_and_after_a_minute() {
    let harness = Harness::start().await;
    let router = router(&harness).await;
    let bound = harness.key().scopes(&[Scope::UsageRead]).label("a").create().await;
    calls(&harness, &[("2026-11-03T10:00:00Z", "a", "settled"), ("2026-11-04T10:00:00Z", "b", "failed")])
        .await;
    let path = "/api/usage/export/link?format=csv";
    let url = link(&router, &bound, path).await;
    assert_eq!(download(&router, &url).await.text().lines().count(), 2, "its label only");
    for (change, undo) in [
        ("update api_keys set revoked_at = now()", "update api_keys set revoked_at = null"),
        ("update api_keys set scopes = '{chat}'", "update api_keys set scopes = '{usage:read}'"),
        ("update api_key_secrets set expires_at = now()", "update api_key_secrets set expires_at = null"),
    ] {
        harness.db.execute(change).await;
        let reply = download(&router, &url).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{change}");
        assert!(reply.text().contains("This download link is not valid"), "{}", reply.text());
        harness.db.execute(undo).await;
        assert_eq!(download(&router, &url).await.status, StatusCode::OK, "{undo}");
    }
    let made = get(&router, path, &bound).await.json();
    let lasts = format!(
        "select timestamptz '{}' - now() between '0 s' and '60 s' as it",
        made["expires_at"].as_str().unwrap()
    );
    assert_eq!(harness.db.rows(&lasts).await[0]["it"], true);
    let chat = harness.key().scopes(&[Scope::Chat]).create().await;
    for (path, key, status) in [
        (path, &chat, StatusCode::FORBIDDEN),
        ("/api/usage/export/link", &bound, StatusCode::UNPROCESSABLE_ENTITY),
        ("/api/usage/export/link?format=csv&user_label=b", &bound, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(get(&router, path, key).await.status, status, "{path}");
    }
}
