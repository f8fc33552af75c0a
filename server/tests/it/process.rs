//! The program as a process of its own.

use std::process::{ExitStatus, Stdio};

use serde_json::Value;
use testkit::Harness;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tokenmeter");

pub(crate) struct Process {
    child: Child,
    pub(crate) port: u16,
    variables: Vec<(String, String)>,
}

/// A program with the variables of the self-hosted server.
fn program(variables: &[(String, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env_clear().envs(variables.iter().cloned());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs a command to its end; fails with what it wrote to its error output.
pub(crate) async fn run(
    harness: &Harness,
    changes: &[(&str, &str)],
    arguments: &[&str],
) -> Result<String, String> {
    let variables: Vec<_> = harness.variables("maintain", changes).into_iter().collect();
    output(program(&variables, arguments)).await
}

async fn output(mut command: Command) -> Result<String, String> {
    let output = command.output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

impl Process {
    pub(crate) async fn serve(harness: &Harness, changes: &[(&str, &str)]) -> Self {
        let variables: Vec<_> = harness.variables("maintain", changes).into_iter().collect();
        let arguments = ["serve", "--host", "127.0.0.1", "--port", "0"];
        let mut child = program(&variables, &arguments).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("the server listens");
            if let Some(address) = line.strip_prefix("listening on http://127.0.0.1:") {
                break address.parse().unwrap();
            }
        };
        Self { child, port, variables }
    }

    pub(crate) async fn command(&self, arguments: &[&str]) -> Result<String, String> {
        output(program(&self.variables, arguments)).await
    }

    pub(crate) fn terminate(&self) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM).unwrap();
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        self.child.wait().await.unwrap()
    }

    pub(crate) async fn listens(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).await.is_ok()
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> String {
        self.send(&format!("GET {path}"), key, "").await.rest().await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.send(&format!("POST {path}"), key, &body.to_string()).await
    }

    /// Sends the whole body before it reads any of the response, as programs do that have no second thread for it.
    pub(crate) async fn post_whole(&self, path: &str, key: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
            content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        Answer { stream, read: String::new() }.rest().await
    }

    async fn send(&self, line: &str, key: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let request = format!(
            "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
            content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Answer { stream, read: String::new() }
    }
}

/// An answer that is still being read.
pub(crate) struct Answer {
    stream: TcpStream,
    read: String,
}

impl Answer {
    pub(crate) async fn until(&mut self, text: &str) {
        let mut buffer = [0; 1024];
        while !self.read.contains(text) {
            let count = self.stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "the answer ended before '{text}': {}", self.read);
            self.read.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    }

    pub(crate) async fn rest(mut self) -> String {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).await.unwrap();
        self.read + &String::from_utf8_lossy(&rest)
    }
}
