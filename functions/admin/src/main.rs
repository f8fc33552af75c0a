//! The Lambda binary of `admin`.

use admin::{AdminState, Config};
use platform::environment::Environment;
use platform::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let environment = Environment::of_process();
    telemetry::init(environment.log_filter());
    let config = Config::from_env(&environment).inspect_err(|error| telemetry::log_failed_start(error))?;
    let state = AdminState::new(config).await.inspect_err(|error| telemetry::log_failed_start(error))?;
    state.warm_up().await;
    web::lambda::serve_buffered(admin::router(state)).await
}
