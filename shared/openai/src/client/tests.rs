use platform::environment::AwsConfig;

use super::*;

/// A client whose key is `current`, and whose secret cannot be read.
async fn client(current: &str) -> Client {
    let nowhere = "http://127.0.0.1:1".to_owned();
    let region = Some("us-east-1".to_owned());
    let aws = AwsConfig { region, endpoint_url: Some(nowhere.clone()), use_dual_stack: false };
    let config = UpstreamConfig {
        base_url: nowhere,
        key: SecretSource::Value(current.into()),
        key_name: "OPENAI_API_KEY",
        max_retries: 0,
        timeout: Duration::from_secs(1),
    };
    let client = Client::new(config, Secrets::new(&aws)).await.unwrap();
    Client { key_source: SecretSource::Arn("arn:of-the-key".to_owned()), ..client }
}

#[tokio::test]
async fn refused_call_uses_the_key_that_another_call_has_already_reread() {
    let client = client("sk-fresh").await;
    let (stale, fresh) = (ProviderKey::parse("sk-stale").unwrap(), ProviderKey::parse("sk-fresh").unwrap());
    assert!(client.has_other_key(&stale).await, "the secret was not read: reading it fails here");
    assert!(!client.has_other_key(&fresh).await);
}

#[tokio::test]
async fn unusable_provider_key_fails_the_start_and_names_its_variable() {
    let fresh = client("sk-fresh").await;
    let config = UpstreamConfig {
        base_url: fresh.base_url.clone(),
        key: SecretSource::Value("sk-one\nsk-two".into()),
        key_name: "OPENAI_SECRET_ARN",
        max_retries: 0,
        timeout: Duration::from_secs(1),
    };
    let error = Client::new(config, fresh.secrets.clone()).await.err().unwrap().to_string();
    assert_eq!(
        error,
        "OPENAI_SECRET_ARN is malformed: expected one provider key without line breaks or control characters"
    );
}
