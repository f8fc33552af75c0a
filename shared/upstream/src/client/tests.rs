use platform::environment::{AwsConfig, SecretSource};

use super::*;

#[tokio::test]
async fn unusable_provider_key_fails_the_start_and_names_its_variable() {
    let aws = AwsConfig::default();
    for key in ["sk-one\nsk-two", " ", "put-the-provider-key-here"] {
        let config = UpstreamConfig {
            base_url: "http://127.0.0.1:1".to_owned(),
            auth: Auth::Bearer,
            region: None,
            key: SecretSource::Value(key.into()),
            key_name: "OPENAI_API_KEY",
            max_retries: 0,
            timeout: Duration::from_secs(1),
            authorities: None,
        };
        let error = Client::new(config, Secrets::new(&aws)).await.err().unwrap().to_string();
        assert_eq!(
            error,
            "OPENAI_API_KEY is malformed: expected one provider key without line breaks or control characters"
        );
    }
}
