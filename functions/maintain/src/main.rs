//! The Lambda binary of `maintain`: invoked on deploy and each minute, not on the API.

use std::time::SystemTime;

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use maintain::{Config, Event, Maintain};
use platform::environment::Environment;
use tower::ServiceBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    platform::telemetry::init(environment.log_filter());
    let config = Config::from_env(&environment).inspect_err(|error| tracing::error!("{error}"))?;
    let maintain = &Maintain::new(config)?;
    let handle = async |event: LambdaEvent<Event>| {
        let time_left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        maintain.handle_within(event.payload, Some(time_left)).await.map_err(Error::from)
    };
    let normalize = ServiceBuilder::new().map_request(normalize_payload);
    Runtime::new(service_fn(handle)).layer(normalize).run().await
}

/// Replaces the payload by the event it means: the runtime refuses payloads that are not JSON, and a deployment sends none.
fn normalize_payload(mut invocation: LambdaInvocation) -> LambdaInvocation {
    let event = serde_json::to_vec(&Event::parse(&invocation.body));
    invocation.body = event.unwrap_or_default().into();
    invocation
}
