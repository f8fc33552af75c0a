//! Registered upstreams whose requests are signed, with an access key of their own or the credentials of the platform.

use std::fmt::Write;

use mock_provider::RecordedRequest;
use ring::{digest, hmac};

use super::*;
use crate::upstreams::add;

const KEY_ID: &str = "AKIDEXAMPLE12345";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const ACCESS_KEY: &str = "AKIDEXAMPLE12345:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SIGNED: [(&str, &str); 4] =
    [("wire", "bedrock"), ("auth", "sigv4"), ("region", "eu-central-1"), ("price_provider", "bedrock")];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string");
        text
    })
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// The value of `Authorization` that AWS computes for a request, as it documents Signature Version 4. Segments of the
/// path are encoded once more.
fn expected(request: &RecordedRequest, region: &str) -> String {
    let time = request.header("x-amz-date").unwrap();
    let scope = format!("{}/{region}/bedrock/aws4_request", &time[..8]);
    let names: Vec<&str> = ["host", "x-amz-date", "x-amz-security-token"]
        .into_iter()
        .filter(|name| request.header(name).is_some())
        .collect();
    let headers = names.iter().fold(String::new(), |mut text, name| {
        writeln!(text, "{name}:{}", request.header(name).unwrap()).expect("a string");
        text
    });
    let (path, names) = (request.path.replace('%', "%25"), names.join(";"));
    let canonical = format!("{}\n{path}\n\n{headers}\n{names}\n{}", request.method, sha256(&request.body));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(canonical.as_bytes()));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| sign(&key, part));
    let signature = hex(&sign(&key, &to_sign));
    format!("AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, Signature={signature}")
}

#[tokio::test]
async fn each_request_is_signed_with_the_upstreams_own_access_key() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let base = format!("http://{}", harness.mock.address());
    for (access_key, token) in [
        (ACCESS_KEY.to_owned(), None),
        (format!("{ACCESS_KEY}:the/session+token=="), Some("the/session+token==")),
    ] {
        let router = router(&harness, &[("UPSTREAM_AWS_EU_KEY", &access_key)]).await;
        harness.db.execute("delete from upstreams").await;
        add(&harness, "aws-eu", &base, &SIGNED).await;
        for (method, body) in [
            ("converse", hello()),
            ("converse-stream", hello()),
            ("count-tokens", json!({"input": {"converse": hello()}})),
        ] {
            let path = format!("/model/eu.amazon.nova-pro-v1%3A0/{method}");
            let reply = post(&router, &format!("/aws-eu{path}"), &key, body).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
            let sent = harness.mock.requests().pop().unwrap();
            assert_eq!((sent.path.as_str(), sent.header("x-amz-security-token")), (path.as_str(), token));
            assert_eq!(sent.header("authorization"), Some(expected(&sent, "eu-central-1").as_str()));
            assert!(!format!("{sent:?}").contains(SECRET));
        }
    }
    let rows = harness.ledger().await;
    assert!(rows.iter().all(|row| row["status"] == "settled" && row["provider"] == "bedrock"), "{rows:?}");
}

#[tokio::test]
async fn target_of_a_model_route_is_signed_too() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let router = router(&harness, &[("UPSTREAM_AWS_EU_KEY", ACCESS_KEY)]).await;
    add(&harness, "aws-eu", &format!("http://{}", harness.mock.address()), &SIGNED).await;
    harness
        .db
        .execute(
            r#"insert into model_routes (wire, model, targets)
            values ('bedrock', 'nova', '[{"upstream": "aws-eu", "model": "eu.amazon.nova-pro-v1:0", "timeout_seconds": null}]')"#,
        )
        .await;
    let reply = post(&router, "/bedrock/model/nova/converse", &key, hello()).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let sent = harness.mock.requests().pop().unwrap();
    assert_eq!(sent.path, "/model/eu.amazon.nova-pro-v1%3A0/converse");
    assert_eq!(sent.header("authorization"), Some(expected(&sent, "eu-central-1").as_str()));
}

/// A wrong access key must not lead to calls with the rights of the platform.
#[tokio::test]
async fn call_that_cannot_be_signed_is_not_sent() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let router = router(&harness, &[("UPSTREAM_AWS_EU_KEY", "AKIDEXAMPLE12345")]).await;
    let base = format!("http://{}", harness.mock.address());
    add(&harness, "aws-eu", &base, &SIGNED).await;
    add(&harness, "aws-role", &base, &SIGNED).await;
    let refused = (403, "AccessDeniedException".to_owned(), "provider_key_missing".to_owned());
    let reply = post(&router, "/aws-eu/model/amazon.nova-pro-v1%3A0/converse", &key, hello()).await;
    assert_eq!(error(&reply), refused);
    assert!(!reply.text().contains("AKID"), "{}", reply.text());
    // Signed with the credentials of the platform, which only some machines that run this have.
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        let reply = post(&router, "/aws-role/model/amazon.nova-pro-v1%3A0/converse", &key, hello()).await;
        assert_eq!(error(&reply), refused);
    }
    assert_eq!(harness.mock.requests().len(), 0);
    let rows = harness.ledger().await;
    assert!(rows.iter().all(|row| row["status"] == "failed" && row["cost_pico_usd"] == 0), "{rows:?}");
}

#[tokio::test]
async fn refused_signature_says_nothing_of_the_credentials() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let router = router(&harness, &[("UPSTREAM_AWS_EU_KEY", ACCESS_KEY)]).await;
    add(&harness, "aws-eu", &format!("http://{}", harness.mock.address()), &SIGNED).await;
    harness.mock.accept_keys(["another"]);
    let reply = post(&router, "/aws-eu/model/amazon.nova-pro-v1%3A0/converse", &key, hello()).await;
    assert_eq!(error(&reply), (403, "AccessDeniedException".to_owned(), "provider_key_rejected".to_owned()));
    assert!(!reply.text().contains(KEY_ID), "{}", reply.text());
}
