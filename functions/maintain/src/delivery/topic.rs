//! Delivery to an SNS topic.

use aws_sdk_sns::Client;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_sdk_sns::config::{BehaviorVersion, Region};
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::MessageAttributeValue;
use platform::aws::{PlatformCredentials, https_client};
use platform::environment::AwsConfig;

use super::ATTEMPT_TIMEOUT;
use super::message::Message;

#[derive(Clone)]
pub(super) struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    pub(super) fn new(arn: String, aws: &AwsConfig) -> Self {
        let mut config = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(https_client(aws.authorities.clone()))
            .credentials_provider(PlatformCredentials)
            .timeout_config(TimeoutConfig::builder().operation_timeout(ATTEMPT_TIMEOUT).build())
            .use_dual_stack(aws.use_dual_stack);
        // A topic must be published to in its own region.
        config.set_region(arn.split(':').nth(3).map(|region| Region::new(region.to_owned())));
        config.set_endpoint_url(aws.endpoint_url.clone());
        Self { client: Client::from_conf(config.build()), arn }
    }

    pub(super) async fn publish(&self, message: &Message) -> Result<(), String> {
        let is_ordered = self.arn.rsplit('.').next() == Some("fifo");
        // The attribute lets subscriptions filter by type.
        let kind = MessageAttributeValue::builder().data_type("String").string_value(message.kind).build();
        let kind = kind.map_err(|_| "the message has no type".to_owned())?;
        let published = self
            .client
            .publish()
            .topic_arn(&self.arn)
            .message(&message.body)
            .message_attributes("type", kind)
            .set_message_group_id(is_ordered.then(|| message.limit_id.clone()))
            .set_message_deduplication_id(is_ordered.then(|| message.id.clone()))
            .send();
        // Boxed because the SDK's future is large.
        match Box::pin(published).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.code().map_or_else(|| error.to_string(), str::to_owned)),
        }
    }
}
