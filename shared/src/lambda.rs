//! The Lambda host of a router: streaming for `chat`, buffered for everything else.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::Request;
use lambda_http::Context;

use crate::http::Deadline;

/// Serves a router whose integration has the response transfer mode STREAM.
pub async fn serve_streaming(router: Router) -> Result<(), lambda_http::Error> {
    lambda_http::run_with_streaming_response(with_deadline(router)).await
}

/// Serves a router behind a buffered integration, which cannot read a streamed response.
pub async fn serve_buffered(router: Router) -> Result<(), lambda_http::Error> {
    lambda_http::run(with_deadline(router)).await
}

/// The invocation's deadline as an extension of its request.
fn with_deadline(router: Router) -> Router {
    router.layer(axum::middleware::map_request(async |mut request: Request| {
        let context = request.extensions().get::<Context>();
        if let Some(deadline) = context.and_then(|context| deadline(context, SystemTime::now())) {
            request.extensions_mut().insert(deadline);
        }
        request
    }))
}

fn deadline(context: &Context, now: SystemTime) -> Option<Deadline> {
    let at = UNIX_EPOCH.checked_add(Duration::from_millis(context.deadline))?;
    let left = at.duration_since(now).unwrap_or_default();
    Instant::now().checked_add(left).map(Deadline)
}
