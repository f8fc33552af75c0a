//! The Lambda binary of `maintain`: invoked on deploy and each minute, not on the API.

use std::time::SystemTime;

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use maintain::{Config, Event, Maintain};
use platform::environment::Environment;
use platform::telemetry;
use serde_json::Value;
use tower::ServiceBuilder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    telemetry::init(environment.log_filter());
    let config = Config::from_env(&environment).inspect_err(|error| telemetry::log_failed_start(error))?;
    let default_event = config.default_event;
    let maintain = &Maintain::new(config).inspect_err(|error| telemetry::log_failed_start(error))?;
    let handle = async |event: LambdaEvent<Value>| {
        let payload = serde_json::to_vec(&event.payload)?;
        let chosen = Event::parse(&payload).inspect_err(|error| tracing::error!("{error}"))?;
        let time_left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let report = maintain.handle_within(chosen.unwrap_or(default_event), Some(time_left)).await;
        report.map_err(Error::from)
    };
    let normalize = ServiceBuilder::new().map_request(normalize_payload);
    Runtime::new(service_fn(handle)).layer(normalize).run().await
}

/// Makes every payload JSON, as the runtime requires: none becomes `null`, and other text a string, which is no event.
fn normalize_payload(mut invocation: LambdaInvocation) -> LambdaInvocation {
    if invocation.body.trim_ascii().is_empty() {
        invocation.body = "null".into();
    } else if serde_json::from_slice::<Value>(&invocation.body).is_err() {
        invocation.body = "\"no JSON\"".into();
    }
    invocation
}
