//! A client with one connection.

use anyhow::Context;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpStream, ToSocketAddrs};

pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    key: String,
    /// Whether it calls the provider itself, by the provider's own paths and models.
    pub is_provider: bool,
}

impl Client {
    pub(crate) async fn connect(address: impl ToSocketAddrs, key: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("the server does not listen")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        #[expect(clippy::disallowed_methods, reason = "the client's connection task")]
        tokio::spawn(connection);
        Ok(Self { sender, key: key.to_owned(), is_provider: false })
    }

    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        Ok(self.request(Request::get(path)).body(Full::default())?)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Request<Full<Bytes>>> {
        let request = self.request(Request::post(path));
        Ok(request.header(header::CONTENT_TYPE, "application/json").body(Full::from(body.to_string()))?)
    }

    fn request(&self, request: http::request::Builder) -> http::request::Builder {
        request
            .header(header::HOST, "localhost")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
    }

    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Incoming>> {
        self.sender.ready().await?;
        Ok(self.sender.send_request(request).await?)
    }
}
