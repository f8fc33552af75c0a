//! How often a cold function waits for the database.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chat::{ChatState, Config};
use http::StatusCode;
use serde_json::json;
use testkit::{Harness, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Passes the messages of one session on, and holds the server's back until the client has sent all statements of a
/// round trip: a client that waits for an answer in between waits for ever.
struct RoundTrips {
    /// Statements of each.
    expected: &'static [usize],
    counts: Mutex<Counts>,
    has_sent: Notify,
}

/// Statements since the login.
#[derive(Default)]
struct Counts {
    sent: usize,
    answered: usize,
}

impl RoundTrips {
    fn expecting(expected: &'static [usize]) -> Arc<Self> {
        Arc::new(Self { expected, counts: Mutex::default(), has_sent: Notify::new() })
    }

    /// Whether the round trip of the next answer is complete.
    fn may_answer(&self) -> bool {
        let counts = self.counts.lock().unwrap();
        let mut sum = 0;
        let mut ends = self.expected.iter().map(|statements| {
            sum += statements;
            sum
        });
        ends.find(|end| counts.answered < *end).is_some_and(|end| counts.sent >= end)
    }

    /// Listens on a new port and passes one session on to the server.
    async fn serve(self: &Arc<Self>, server: String, tasks: &mut JoinSet<()>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let here = Arc::clone(self);
        tasks.spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = TcpStream::connect(server).await.unwrap().into_split();
            tokio::join!(here.statements(from_client, to_server), here.answers(from_server, to_client));
        });
        port
    }

    async fn statements(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        // The first message has no type.
        let length = from.read_u32().await.unwrap();
        let mut startup = vec![0; length as usize - 4];
        from.read_exact(&mut startup).await.unwrap();
        to.write_u32(length).await.unwrap();
        to.write_all(&startup).await.unwrap();
        while let Some(message) = message(&mut from).await {
            to.write_all(&message).await.unwrap();
            if message[0] == b'S' {
                self.counts.lock().unwrap().sent += 1;
                self.has_sent.notify_one();
            }
        }
    }

    async fn answers(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut is_logged_in = false;
        while let Some(message) = message(&mut from).await {
            while is_logged_in && !self.may_answer() {
                self.has_sent.notified().await;
            }
            let is_ready = message[0] == b'Z';
            if is_logged_in && is_ready {
                self.counts.lock().unwrap().answered += 1;
            }
            is_logged_in |= is_ready;
            to.write_all(&message).await.unwrap();
        }
    }
}

/// The next message with its type and length; `None` at the end.
async fn message(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut message = vec![0; 5];
    from.read_exact(&mut message).await.ok()?;
    let length = u32::from_be_bytes(message[1..].try_into().unwrap());
    message.resize(length as usize + 1, 0);
    from.read_exact(&mut message[5..]).await.ok()?;
    Some(message)
}

#[tokio::test]
async fn cold_function_waits_three_times_for_the_database() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    // Four statements of the price book, upstreams and routes, four that are planned; admission with its flush;
    // settlement.
    let trips = RoundTrips::expecting(&[10, 2, 1]);
    let mut tasks = JoinSet::new();
    let url = harness.db.url_as("tokenmeter_chat");
    let (login, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let port = trips.serve(server.to_owned(), &mut tasks).await;
    let url = format!("{login}@127.0.0.1:{port}/{database}&sslmode=disable");
    let changes = [("DATABASE_URL", url.as_str()), ("DATABASE_POOL_SIZE", "1")];
    let config = Config::from_env(&harness.environment("chat", &changes)).unwrap();

    let started = tokio::time::timeout(Duration::from_secs(10), ChatState::start(config));
    let router = chat::router(started.await.expect("the start sends all its statements at once").unwrap());
    let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]});
    let reply = post(&router, "/v1/chat/completions", &key, body).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(harness.only_row().await["status"], "settled");
    let counts = trips.counts.lock().unwrap();
    assert_eq!((counts.sent, counts.answered), (13, 13));
}
