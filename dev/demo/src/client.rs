//! One request to the API, on a connection of its own.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Sends the call and reads its answer to the end.
pub(crate) async fn post(
    address: &str,
    path: &str,
    key: &str,
    label: &str,
    body: &Value,
) -> anyhow::Result<()> {
    let stream = TcpStream::connect(address).await.context("the API does not listen")?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    #[expect(clippy::disallowed_methods, reason = "the client's connection task")]
    tokio::spawn(connection);
    let label = http::HeaderValue::from_bytes(label.as_bytes())?;
    let request = Request::post(path)
        .header(header::HOST, address)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-user-label", label)
        .body(Full::<Bytes>::from(body.to_string()))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let bytes: Bytes = response.into_body().collect().await?.to_bytes();
    ensure!(status.is_success(), "{path} answered {status}: {}", String::from_utf8_lossy(&bytes));
    Ok(())
}
