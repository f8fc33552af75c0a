//! A function binary as a child process, one event at a time, as Lambda runs it.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::answer::{Answer, Chunk, Failure};
use crate::api::{Api, Event, Part};

/// Lambda gives an init no more.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("the function could not be started or watched")]
    Io(#[from] io::Error),
    #[error("the function did not ask for an event within 10 s")]
    NotReady,
    #[error("the function exited: {0}")]
    Exited(ExitStatus),
    #[error("the deadline passed, and the function was killed")]
    TimedOut,
    #[error("the function reported an error: {}", .0.error_message)]
    Failed(Failure),
    #[error("the function's answer broke off")]
    BrokenOff,
    #[error("the function's answer is malformed: {0}")]
    Malformed(&'static str),
}

/// A running function; dropping it kills it.
pub struct Function {
    child: Child,
    api: Api,
    started: Instant,
    invocations: u32,
}

impl Function {
    /// Starts the binary with the environment that Lambda gives it, and `environment` in addition.
    pub async fn start<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        binary: &Path,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, HostError> {
        Self::start_with_output(binary, environment, Stdio::inherit()).await
    }

    /// As [`Function::start`], with the function's log somewhere else.
    pub async fn start_with_output<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        binary: &Path,
        environment: impl IntoIterator<Item = (K, V)>,
        log: Stdio,
    ) -> Result<Self, HostError> {
        let api = Api::start().await?;
        let name = binary.file_name().unwrap_or_default();
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_REGION", "us-east-1")
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(log)
            .kill_on_drop(true);
        let started = Instant::now();
        let child = command.spawn()?;
        Ok(Self { child, api, started, invocations: 0 })
    }

    /// Waits until the function has asked for its first event; the time from exec to then.
    pub async fn ready(&mut self) -> Result<Duration, HostError> {
        let asked = self.api.polls.wait_for(|(count, _)| *count > 0);
        let at = tokio::select! {
            asked = tokio::time::timeout(INIT_TIMEOUT, asked) => asked.map_err(|_| HostError::NotReady)?.map(|polls| polls.1),
            status = self.child.wait() => return Err(HostError::Exited(status?)),
        };
        at.map(|at| at.duration_since(self.started)).map_err(|_| HostError::NotReady)
    }

    /// Hands an event over, to be answered within `timeout`.
    pub async fn invoke(
        &mut self,
        payload: impl Into<Bytes>,
        timeout: Duration,
    ) -> Result<Invocation<'_>, HostError> {
        self.ready().await?;
        // The one before has ended when the function asks anew.
        let due = self.invocations + 1;
        let asked = self.api.polls.wait_for(|(count, _)| *count >= due);
        tokio::time::timeout(INIT_TIMEOUT, asked)
            .await
            .map_err(|_| HostError::NotReady)?
            .map_err(|_| HostError::NotReady)?;
        self.invocations = due;
        let id = format!("00000000-0000-4000-8000-{due:012}");
        let started = Instant::now();
        let parts =
            self.api.send(Event { id, payload: payload.into(), deadline: SystemTime::now() + timeout });
        Ok(Invocation { function: self, parts, started, deadline: started + timeout, head: None })
    }

    pub fn started(&self) -> Instant {
        self.started
    }

    /// Resident memory, as Linux tells it.
    pub fn rss_bytes(&self) -> io::Result<u64> {
        let pid = self.child.id().ok_or(io::ErrorKind::NotFound)?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or(io::ErrorKind::InvalidData)?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(kib * 1024)
    }

    /// As Lambda ends an environment whose function ran into its timeout.
    pub async fn kill(&mut self) -> Result<(), HostError> {
        Ok(self.child.kill().await?)
    }

    /// Waits for the function's own end.
    pub async fn exit(&mut self) -> Result<ExitStatus, HostError> {
        Ok(self.child.wait().await?)
    }
}

/// An event being answered. Dropping it closes the connection that the answer comes on.
pub struct Invocation<'a> {
    function: &'a mut Function,
    parts: mpsc::UnboundedReceiver<Part>,
    started: Instant,
    deadline: Instant,
    head: Option<(bool, bool)>,
}

impl Invocation<'_> {
    /// The next bytes of the answer, prelude included; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Chunk>, HostError> {
        Ok(match self.part().await? {
            Part::Data(at, bytes) => Some(Chunk { after: at.duration_since(self.started), bytes }),
            Part::Head { .. } | Part::End(_) => None,
        })
    }

    /// The whole answer.
    pub async fn answer(mut self) -> Result<Answer, HostError> {
        let mut chunks = Vec::new();
        let ended_at = loop {
            match self.part().await? {
                Part::Data(at, bytes) => chunks.push(Chunk { after: at.duration_since(self.started), bytes }),
                Part::End(at) => break at,
                Part::Head { .. } => {}
            }
        };
        let ended_after = ended_at.duration_since(self.started);
        let (is_streamed, is_error) = self.head.unwrap_or_default();
        if is_streamed {
            return Answer::streamed(chunks, ended_after);
        }
        let whole: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect();
        if is_error {
            let failure = serde_json::from_slice(&whole);
            return Err(failure.map_or(HostError::Malformed("the error report"), HostError::Failed));
        }
        Answer::buffered(whole.into(), ended_after)
    }

    async fn part(&mut self) -> Result<Part, HostError> {
        loop {
            let deadline = tokio::time::sleep_until(self.deadline.into());
            tokio::select! {
                biased;
                part = self.parts.recv() => match part {
                    Some(Part::Head { is_streamed, is_error }) => self.head = Some((is_streamed, is_error)),
                    Some(part) => return Ok(part),
                    None => return Err(HostError::BrokenOff),
                },
                status = self.function.child.wait() => return Err(HostError::Exited(status?)),
                () = deadline => {
                    self.function.kill().await?;
                    return Err(HostError::TimedOut);
                }
            }
        }
    }
}
