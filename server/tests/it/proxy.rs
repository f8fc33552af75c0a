//! The Caddyfile in front of the program, with the addresses of the test: a streamed call over TLS. Skipped without `caddy`
//! and `curl`, which `.ci/run` installs.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use testkit::Harness;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::process::Process;

const CADDYFILE: &str = include_str!("../../caddy/Caddyfile");
/// A stream that a proxy holds back must fail the test, not hang it.
const PATIENCE: Duration = Duration::from_mins(1);

struct Caddy {
    folder: TempDir,
    http: u16,
    https: u16,
    _process: Child,
}

impl Caddy {
    /// `None` if it is not installed.
    async fn start(harness: &Harness, server: &Process) -> Option<Self> {
        for program in ["caddy", "curl"] {
            if Command::new(program).arg("--help").output().await.is_err() {
                return None;
            }
        }
        let [http, https, health, nothing] = ports();
        let mut config = CADDYFILE.to_owned();
        for (deployed, tested) in [
            ("http_port 8080", format!("http_port {http}")),
            ("https_port 8443", format!("https_port {https}")),
            ("tokenmeter:8000", format!("127.0.0.1:{}", server.port)),
            ("dashboard:5173", format!("127.0.0.1:{nothing}")),
            ("127.0.0.1:8081", format!("127.0.0.1:{health}")),
        ] {
            assert_eq!(config.matches(deployed).count(), 1, "{deployed}");
            config = config.replace(deployed, &tested);
        }
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("Caddyfile");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
        command.env("TOKENMETER_DOMAIN", "localhost").env("HOME", folder.path());
        command.env("XDG_DATA_HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let caddy = Self { folder, http, https, _process: command.spawn().unwrap() };
        let health = format!("http://127.0.0.1:{health}/healthz");
        harness.eventually("caddy is up", async || caddy.curl(&[&health]).await.0 == 0).await;
        harness
            .eventually("there is a certificate", async || caddy.get("/healthz").await.contains(" 200"))
            .await;
        Some(caddy)
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("caddy/pki/authorities/local/root.crt")
    }

    /// The exit status and the output of a command that verifies the certificate.
    async fn curl(&self, arguments: &[&str]) -> (i32, String) {
        let output = curl(&self.authority()).args(arguments).output().await.unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    /// The response to a request without a body, headers included.
    async fn get(&self, path: &str) -> String {
        self.curl(&["--include", &self.url(path)]).await.1
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.https)
    }
}

fn curl(authority: &Path) -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--no-buffer", "--cacert"]).arg(authority).kill_on_drop(true);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Free ports, all different.
fn ports() -> [u16; 4] {
    let listeners = [0; 4].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

#[tokio::test]
async fn stream_passes_the_proxy_event_by_event() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let server = Process::serve(&harness, &[]).await;
    let Some(caddy) = Caddy::start(&harness, &server).await else { return };
    // Until the lock is released, the call cannot be settled, so its last event cannot be sent.
    let mut blocker = harness.db.client().await;
    let lock = blocker.transaction().await.unwrap();
    lock.batch_execute("lock table usage_logs in access exclusive mode").await.unwrap();
    let body = json!({
        "model": "gpt-4o-mini", "stream": true, "messages": [{"role": "user", "content": "Hello"}]
    });
    let mut call = curl(&caddy.authority());
    call.args(["--include", "--header", &format!("authorization: Bearer {key}")]);
    call.args(["--json", &body.to_string(), &caddy.url("/v1/chat/completions")]);
    let mut call = call.spawn().unwrap();
    let mut output = call.stdout.take().unwrap();
    let (mut read, mut buffer) = (String::new(), [0; 1024]);
    while !read.contains("chat.completion.chunk") {
        let next = timeout(PATIENCE, output.read(&mut buffer)).await.expect("the proxy sends what it has");
        let count = next.unwrap();
        assert!(count > 0, "the answer ended: {read}");
        read.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(!read.contains("[DONE]"), "{read}");
    lock.rollback().await.unwrap();
    output.read_to_string(&mut read).await.unwrap();
    assert!(read.contains("[DONE]"), "{read}");
    for header in ["strict-transport-security: max-age=31536000", "x-request-id: call_"] {
        assert!(read.to_lowercase().contains(header), "{read}");
    }
    assert_eq!(harness.only_row().await["status"], "settled");
}

#[tokio::test]
async fn api_answers_for_itself_and_everything_else_goes_to_the_dashboard() {
    let harness = Harness::start().await;
    let server = Process::serve(&harness, &[]).await;
    let Some(caddy) = Caddy::start(&harness, &server).await else { return };
    for (path, status, body) in [
        ("/healthz", " 200", ""),
        ("/openapi.json", " 200", "\"openapi\""),
        ("/v1/models", " 401", "invalid_api_key"),
        ("/api/keys", " 401", "application/problem+json"),
        // Nothing listens in place of the dashboard.
        ("/", " 502", ""),
        ("/keys", " 502", ""),
    ] {
        let response = caddy.get(path).await;
        let first = response.lines().next().unwrap_or_default();
        assert!(first.contains(status) && response.contains(body), "{path}: {response}");
    }
    // The API refuses a body that is too large, in its own format.
    let large = caddy.folder.path().join("large.json");
    std::fs::write(&large, vec![b' '; 11_000_000]).unwrap();
    let data = format!("@{}", large.display());
    let header = format!("authorization: Bearer {}", harness.key().create().await);
    let url = caddy.url("/v1/chat/completions");
    let (_, response) = caddy.curl(&["--header", &header, "--json", &data, &url]).await;
    assert!(response.contains("\"error\"") && response.contains("too_large"), "{response}");
    let plain = caddy.curl(&["--include", &format!("http://localhost:{}/healthz", caddy.http)]).await.1;
    assert!(
        plain.contains(" 308 ") && plain.to_lowercase().contains("location: https://localhost"),
        "{plain}"
    );
}
