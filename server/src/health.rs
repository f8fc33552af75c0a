//! The container's health check, without a program such as curl in the image.

use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A hanging database is not available.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fails unless a server on this port is available, and its database with it.
pub async fn check(port: u16) -> anyhow::Result<()> {
    let status =
        tokio::time::timeout(TIMEOUT, status(port)).await.context("no answer within 5 seconds")??;
    ensure!(status.contains(" 200 "), "not available: {status}");
    Ok(())
}

async fn status(port: u16) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.context("nothing listens")?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
