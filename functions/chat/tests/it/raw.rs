//! A provider that sends exactly the given bytes, for responses that the mock never sends.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) struct RawProvider {
    pub base_url: String,
    _server: JoinSet<()>,
}

impl RawProvider {
    /// Reads one request per connection, sends the next response and closes the connection.
    pub(crate) async fn sending(responses: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let mut server = JoinSet::new();
        server.spawn(async move {
            for response in responses {
                let (mut connection, _) = listener.accept().await.expect("a connection");
                read_request(&mut connection).await;
                connection.write_all(response.as_bytes()).await.expect("a reader");
                connection.shutdown().await.expect("a reader");
            }
            // Keeps the port, so that nothing else can respond on it.
            std::future::pending::<()>().await;
        });
        Self { base_url, _server: server }
    }
}

async fn read_request(connection: &mut TcpStream) {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0_usize) {
                return;
            }
        }
        assert_ne!(connection.read_buf(&mut request).await.expect("a request"), 0, "a whole request");
    }
}
