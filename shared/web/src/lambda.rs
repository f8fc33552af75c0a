//! The Lambda host of a router: streaming for `chat`, buffered for everything else.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::{HeaderName, header};
use hyper_util::client::legacy::connect::HttpConnector;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::{Context, Error, LambdaEvent, RequestExt, Service};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{LambdaInvocation, MetadataPrelude, Runtime};
use lambda_runtime_api_client::{PooledClient, body, build_request};
use platform::CorrelationIds;
use tower::layer::layer_fn;
use tower::{ServiceExt, service_fn};

use crate::Deadline;
use crate::correlation::xray_trace_id;

/// Serves a router whose integration has the response transfer mode STREAM.
///
/// `lambda_runtime` polls for events and refuses those that are no requests. Answers are sent from here: its client
/// leaves Nagle's algorithm on and writes head, prelude and first bytes apart, so each answer would wait 40 ms for the
/// other side's delayed acknowledgement.
pub async fn serve_streaming(router: Router) -> Result<(), Error> {
    let router = with_context(router);
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client = Arc::new(PooledClient::builder().with_connector(connector).build());
    let refuse = async |_: LambdaEvent<LambdaRequest>| Err::<(), Error>("the function panicked".into());
    Runtime::new(service_fn(refuse))
        .layer(layer_fn(|refuse| answering(router.clone(), Arc::clone(&client), refuse)))
        .layer(TracingLayer::new())
        .run()
        .await
}

/// Serves a router behind a buffered integration, which cannot read a streamed response.
pub async fn serve_buffered(router: Router) -> Result<(), Error> {
    lambda_http::run(with_context(router)).await
}

/// Answers requests with the router's response, as a stream; anything else is left to `refuse`.
fn answering<S>(
    router: Router,
    client: Arc<PooledClient>,
    refuse: S,
) -> impl Service<LambdaInvocation, Response = (), Error = Error>
where
    S: Service<LambdaInvocation, Response = (), Error = Error> + Clone,
{
    service_fn(move |invocation: LambdaInvocation| {
        let (router, client, refuse) = (router.clone(), Arc::clone(&client), refuse.clone());
        async move {
            let Ok(event) = serde_json::from_slice::<LambdaRequest>(&invocation.body) else {
                return refuse.oneshot(invocation).await;
            };
            let request = http::Request::from(event).with_lambda_context(invocation.context.clone());
            let Ok(response) = AssertUnwindSafe(router.oneshot(request)).catch_unwind().await else {
                return refuse.oneshot(invocation).await;
            };
            let answer = streamed(&invocation, response.unwrap_or_else(|never| match never {}))?;
            let status = client.call(answer).await?.status();
            if !status.is_success() {
                tracing::error!(status = status.as_u16(), "The runtime API did not take an answer.");
            }
            Ok(())
        }
    })
}

/// A response as the Runtime API takes it: a prelude, eight zero bytes, the body.
fn streamed(invocation: &LambdaInvocation, response: Response) -> Result<http::Request<body::Body>, Error> {
    const INVOCATION_ID: HeaderName = HeaderName::from_static("lambda-runtime-invocation-id");
    let (parts, body) = response.into_parts();
    let prelude = MetadataPrelude { status_code: parts.status, headers: parts.headers, cookies: Vec::new() };
    // In chunks of their own: `cargo lambda watch` takes the first for the prelude.
    let head = [Ok(serde_json::to_vec(&prelude)?.into()), Ok(Bytes::from_static(&[0; 8]))];
    let body = stream::iter(head).chain(body.into_data_stream());
    let path = format!("/2018-06-01/runtime/invocation/{}/response", invocation.context.request_id);
    let mut request = build_request()
        .method(http::Method::POST)
        .uri(path)
        .header("lambda-runtime-function-response-mode", "streaming")
        .header(header::CONTENT_TYPE, "application/vnd.awslambda.http-integration-response")
        .body(body::Body::new(Body::from_stream(body)))?;
    // Echoed, so that an answer that comes too late is not taken for that of the next invocation.
    if let Some(id) = invocation.parts.headers.get(INVOCATION_ID) {
        request.headers_mut().insert(INVOCATION_ID, id.clone());
    }
    Ok(request)
}

/// The invocation's deadline and ids as extensions of its request.
fn with_context(router: Router) -> Router {
    router.layer(axum::middleware::map_request(async |mut request: Request| {
        let context = request.extensions().get::<Context>();
        let deadline = context.and_then(|context| deadline(context, SystemTime::now()));
        let trace = context.and_then(|context| context.xray_trace_id.as_deref());
        let mut ids =
            CorrelationIds { xray_trace_id: trace.and_then(xray_trace_id), ..CorrelationIds::default() };
        if let Some(RequestContext::ApiGatewayV1(context)) = request.extensions().get() {
            ids.gateway_request_id = context.request_id.as_deref().map(Into::into);
        }
        request.extensions_mut().insert(ids);
        if let Some(deadline) = deadline {
            request.extensions_mut().insert(deadline);
        }
        request
    }))
}

fn deadline(context: &Context, now: SystemTime) -> Option<Deadline> {
    let at = UNIX_EPOCH.checked_add(Duration::from_millis(context.deadline))?;
    // `cargo lambda watch` names one in 1970. An invocation cannot arrive after its deadline, so that is none.
    let left = at.duration_since(now).ok()?;
    Instant::now().checked_add(left).map(Deadline)
}
