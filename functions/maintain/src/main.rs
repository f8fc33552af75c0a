//! The Lambda binary of `maintain`: invoked on deploy and each minute, not on the API.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use maintain::{Config, Event, Maintain};
use shared::config::Environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    shared::telemetry::init(environment.log_filter());
    let config = Config::from_env(&environment).inspect_err(|error| tracing::error!("{error}"))?;
    let maintain = &Maintain::new(config)?;
    let handle = async |event: LambdaEvent<Event>| maintain.handle(event.payload).await.map_err(Error::from);
    lambda_runtime::run(service_fn(handle)).await
}
