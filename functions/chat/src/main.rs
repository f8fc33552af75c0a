//! The Lambda binary of `chat`.

use chat::{ChatState, Config};
use platform::environment::Environment;
use platform::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::init(environment.log_filter());
    let config = Config::from_env(&environment).inspect_err(|error| telemetry::log_failed_start(error))?;
    // Lambda gives full processor speed during start-up, so the first connection is opened now.
    let state = ChatState::start(config).await.inspect_err(|error| telemetry::log_failed_start(error))?;
    web::lambda::serve_streaming(chat::router(state)).await
}
