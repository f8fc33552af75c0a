//! The Runtime API: `/next` hands out events, `/response` and `/error` receive the results.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

const PREFIX: &str = "/2018-06-01/runtime/";

/// The trace of every invocation.
pub const TRACE_ID: &str = "1-65f0a1b2-0123456789abcdef01234567";

type HttpResponse = Response<Full<Bytes>>;

/// What the function sends for an event, in this order: one `Head`, any number of `Data`, one `End`.
#[derive(Debug)]
pub(crate) enum ResponsePart {
    Head { is_streamed: bool, is_error: bool },
    Data(Instant, Bytes),
    End(Instant),
}

pub(crate) struct PendingEvent {
    pub id: String,
    pub payload: Bytes,
    pub deadline: SystemTime,
}

/// Stops on drop, and closes every connection.
pub(crate) struct RuntimeApi {
    pub address: std::net::SocketAddr,
    shared: Arc<Shared>,
    /// How often the function has polled for an event, and when it did so last.
    pub polls: watch::Receiver<(u32, Instant)>,
    task: JoinHandle<()>,
}

struct Shared {
    events: mpsc::UnboundedSender<PendingEvent>,
    queue: tokio::sync::Mutex<mpsc::UnboundedReceiver<PendingEvent>>,
    answers: Mutex<HashMap<String, mpsc::UnboundedSender<ResponsePart>>>,
    polls: watch::Sender<(u32, Instant)>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (events, queue) = mpsc::unbounded_channel();
        let (poll, polls) = watch::channel((0, Instant::now()));
        let (queue, answers) = (tokio::sync::Mutex::new(queue), Mutex::default());
        let shared = Arc::new(Shared { events, queue, answers, polls: poll });
        let task = spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, polls, task })
    }

    /// Queues an event. The parts of its response arrive on the returned channel.
    pub(crate) fn send(&self, event: PendingEvent) -> mpsc::UnboundedReceiver<ResponsePart> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.shared.answers).insert(event.id.clone(), sender);
        let _ = self.shared.events.send(event);
        receiver
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&shared)));
    }
}

/// Serves a connection until it ends or a handler cuts it.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let cut = Arc::new(Notify::new());
    let service = service_fn(|request| handle(Arc::clone(&shared), Arc::clone(&cut), request));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = connection => {}
        () = cut.notified() => {}
    }
}

async fn handle(
    shared: Arc<Shared>,
    cut: Arc<Notify>,
    request: Request<Incoming>,
) -> Result<HttpResponse, Infallible> {
    let path = request.uri().path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let reply = match (request.method(), path.split('/').collect::<Vec<_>>().as_slice()) {
        (&Method::GET, ["invocation", "next"]) => shared.next().await,
        (&Method::POST, ["invocation", id, "response"]) => shared.take(id, false, &cut, request).await,
        (&Method::POST, ["invocation", id, "error"]) => shared.take(id, true, &cut, request).await,
        _ => reply(StatusCode::NOT_FOUND),
    };
    Ok(reply)
}

impl Shared {
    async fn next(&self) -> HttpResponse {
        self.polls.send_modify(|(count, at)| (*count, *at) = (*count + 1, Instant::now()));
        let Some(event) = self.queue.lock().await.recv().await else { return pending().await };
        let deadline = event.deadline.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &event.id)
            .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:us-east-1:111122223333:function:local",
            )
            // As if X-Ray had sampled it; the function sees the id in any case.
            .header("lambda-runtime-trace-id", format!("Root={TRACE_ID};Parent=0123456789abcdef;Sampled=1"))
            .header("lambda-runtime-invocation-id", format!("invocation-{}", event.id))
            .body(Full::new(event.payload));
        response.unwrap_or_else(|_| reply(StatusCode::INTERNAL_SERVER_ERROR))
    }

    /// Passes a response on as it arrives. If no one is waiting for it, the connection is cut.
    async fn take(&self, id: &str, is_error: bool, cut: &Notify, request: Request<Incoming>) -> HttpResponse {
        let has = |name, value: &str| request.headers().get(name).is_some_and(|found| found == value);
        let is_streamed = has("lambda-runtime-function-response-mode", "streaming");
        // A late response carries the id of an earlier invocation.
        if !has("lambda-runtime-invocation-id", &format!("invocation-{id}")) {
            return reply(StatusCode::BAD_REQUEST);
        }
        let Some(answer) = lock(&self.answers).remove(id) else { return reply(StatusCode::GONE) };
        let _ = answer.send(ResponsePart::Head { is_streamed, is_error });
        let mut body = request.into_body();
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = answer.closed() => {
                    cut.notify_one();
                    return pending().await;
                }
            };
            match frame {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        let _ = answer.send(ResponsePart::Data(Instant::now(), bytes));
                    }
                }
                // The function broke off: without its end, an answer is none.
                Some(Err(_)) => return reply(StatusCode::BAD_REQUEST),
                None => {
                    let _ = answer.send(ResponsePart::End(Instant::now()));
                    return reply(StatusCode::ACCEPTED);
                }
            }
        }
    }
}

fn reply(status: StatusCode) -> HttpResponse {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}")));
    *response.status_mut() = status;
    response
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "a server task, aborted on drop; no Lambda function runs here")]
fn spawn(future: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(future)
}
