//! The Lambda binary of `chat`.

use chat::{ChatState, Config};
use platform::environment::Environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    platform::telemetry::init(environment.log_filter());
    let config = Config::from_env(&environment).inspect_err(|error| tracing::error!("{error}"))?;
    let state = ChatState::new(config).await.inspect_err(|error| tracing::error!("{error}"))?;
    // Lambda gives full processor speed during start-up, so the first connection is opened now.
    state.warm_up().await;
    web::lambda::serve_streaming(chat::router(state)).await
}
