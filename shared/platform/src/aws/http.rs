//! HTTP for AWS clients, with the binary's own TLS. The SDK's client reads and parses all certificates of the operating
//! system before its first request, which takes longer than the request.

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::tls::{self, Authorities};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A client for one SDK client and its clones, which trusts `authorities` besides the public ones. The SDK's own
/// timeouts end what takes too long.
pub fn https_client(authorities: Option<Authorities>) -> SharedHttpClient {
    let connector = OnceLock::new();
    let connect = move || SharedHttpConnector::new(Connector::new(authorities.as_ref()));
    http_client_fn(move |_, _| connector.get_or_init(&connect).clone())
}

/// Keeps its connections open. Without a client, each request reports why there is none.
#[derive(Debug)]
struct Connector(Result<reqwest::Client, String>);

impl Connector {
    fn new(authorities: Option<&Authorities>) -> Self {
        Self(client(authorities).map_err(|error| error.to_string()))
    }
}

fn client(authorities: Option<&Authorities>) -> Result<reqwest::Client, Box<dyn Error>> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client_config(false, authorities)?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT);
    Ok(builder.build()?)
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let client = client.map_err(|error| ConnectorError::user(error.into()))?;
            send(&client, request).await
        })
    }
}

async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let (parts, body) = request.try_into_http1x().map_err(user)?.into_parts();
    let body = body.bytes().ok_or_else(|| ConnectorError::user("a body that is not in memory".into()))?;
    let sent = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body.to_vec());
    let response = sent.send().await.map_err(failure)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.map_err(failure)?;
    let mut response = HttpResponse::new(status.into(), body.to_vec().into());
    for (name, value) in &headers {
        // The SDK reads texts alone.
        if let Ok(value) = value.to_str() {
            response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(response)
}

fn user(error: impl Error + Send + Sync + 'static) -> ConnectorError {
    ConnectorError::user(error.into())
}

/// As the SDK sorts failures into those that it repeats and those that it does not.
fn failure(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        user(error)
    } else {
        ConnectorError::io(error.into())
    }
}
