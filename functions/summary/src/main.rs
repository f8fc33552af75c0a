//! The Lambda binary of `summary`.

use platform::environment::Environment;
use platform::telemetry;
use summary::{Config, SummaryState};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::init(environment.log_filter());
    let config = Config::from_env(&environment).inspect_err(|error| telemetry::log_failed_start(error))?;
    let state = SummaryState::new(config).await.inspect_err(|error| telemetry::log_failed_start(error))?;
    state.warm_up().await;
    web::lambda::serve_streaming(summary::router(state)).await
}
