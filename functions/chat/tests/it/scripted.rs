//! A provider that follows a script: connection by connection, response by response.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub(crate) struct ScriptedProvider {
    pub base_url: String,
    requests: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

impl ScriptedProvider {
    /// Each connection reads a request before each of its responses, sent in these pieces. It is closed after the last
    /// one or when the client closes it; a response without pieces closes it in place of a response.
    pub(crate) async fn start(connections: Vec<Vec<Vec<Vec<u8>>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let mut server = JoinSet::new();
        let seen = Arc::clone(&requests);
        server.spawn(async move {
            for responses in connections {
                let (mut connection, _) = listener.accept().await.expect("a connection");
                connection.set_nodelay(true).expect("a socket");
                for response in responses {
                    let Some(request) = read_request(&mut connection).await else { break };
                    seen.lock().expect("no panic").push(request);
                    for piece in response {
                        connection.write_all(&piece).await.expect("a reader");
                        connection.flush().await.expect("a reader");
                        tokio::task::yield_now().await;
                    }
                }
            }
            // Keeps the port, so that nothing else can respond on it.
            std::future::pending::<()>().await;
        });
        Self { base_url, requests, _server: server }
    }

    /// One connection with one response.
    pub(crate) async fn once(response: Vec<u8>) -> Self {
        Self::start(vec![vec![vec![response]]]).await
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic").clone()
    }
}

/// A response with these header lines, of a connection that stays open.
pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// `None` if the client closed the connection.
async fn read_request(connection: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0_usize) {
                return Some(text.into_owned());
            }
        }
        if connection.read_buf(&mut request).await.expect("a request") == 0 {
            assert!(request.is_empty(), "half a request");
            return None;
        }
    }
}
