//! A function binary as a child process. As in Lambda, it handles one event at a time.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use crate::api::{PendingEvent, ResponsePart, RuntimeApi};
use crate::response::{Chunk, FunctionError, FunctionResponse};

/// Lambda's limit for the init phase.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("the function could not be started or monitored")]
    Io(#[from] io::Error),
    #[error("the function did not poll for an event within 10 s")]
    NotReady,
    #[error("the function exited: {0}")]
    Exited(ExitStatus),
    #[error("the function exceeded its deadline and was killed")]
    TimedOut,
    #[error("the function reported an error: {}", .0.error_message)]
    Failed(FunctionError),
    #[error("the function's response is incomplete")]
    Incomplete,
    #[error("the function's response is malformed: {0}")]
    Malformed(&'static str),
}

/// A running function, killed on drop.
pub struct Function {
    child: Child,
    api: RuntimeApi,
    started: Instant,
    invocations: u32,
}

impl Function {
    /// Starts the binary with Lambda's own variables and `environment`.
    pub async fn start<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        binary: &Path,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, HostError> {
        Self::start_with_output(binary, environment, Stdio::inherit()).await
    }

    /// Like [`Function::start`], with the log sent to `log`.
    pub async fn start_with_output<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        binary: &Path,
        environment: impl IntoIterator<Item = (K, V)>,
        log: Stdio,
    ) -> Result<Self, HostError> {
        let api = RuntimeApi::start().await?;
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

    /// Waits until the function polls for its first event. Returns the time since its start.
    pub async fn ready(&mut self) -> Result<Duration, HostError> {
        let polled = self.api.polls.wait_for(|(count, _)| *count > 0);
        let at = tokio::select! {
            polled = tokio::time::timeout(INIT_TIMEOUT, polled) => polled.map_err(|_| HostError::NotReady)?.map(|polls| polls.1),
            status = self.child.wait() => return Err(HostError::Exited(status?)),
        };
        at.map(|at| at.duration_since(self.started)).map_err(|_| HostError::NotReady)
    }

    /// Sends an event that must be handled within `timeout`.
    pub async fn invoke(
        &mut self,
        payload: impl Into<Bytes>,
        timeout: Duration,
    ) -> Result<Invocation<'_>, HostError> {
        self.ready().await?;
        // The previous invocation has ended once the function polls again.
        let due = self.invocations + 1;
        let polled = self.api.polls.wait_for(|(count, _)| *count >= due);
        tokio::time::timeout(INIT_TIMEOUT, polled)
            .await
            .map_err(|_| HostError::NotReady)?
            .map_err(|_| HostError::NotReady)?;
        self.invocations = due;
        let id = format!("00000000-0000-4000-8000-{due:012}");
        let started = Instant::now();
        let parts = self.api.send(PendingEvent {
            id,
            payload: payload.into(),
            deadline: SystemTime::now() + timeout,
        });
        Ok(Invocation { function: self, parts, started, deadline: started + timeout, head: None })
    }

    pub fn started(&self) -> Instant {
        self.started
    }

    /// Resident memory, from Linux.
    pub fn rss_bytes(&self) -> io::Result<u64> {
        let pid = self.child.id().ok_or(io::ErrorKind::NotFound)?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or(io::ErrorKind::InvalidData)?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(kib * 1024)
    }

    /// Stops the process, as Lambda freezes an environment between invocations; waits until it polls for the next one.
    pub async fn freeze(&mut self) -> Result<(), HostError> {
        let due = self.invocations + 1;
        let polled = self.api.polls.wait_for(|(count, _)| *count >= due);
        tokio::time::timeout(INIT_TIMEOUT, polled)
            .await
            .map_err(|_| HostError::NotReady)?
            .map_err(|_| HostError::NotReady)?;
        self.signal(Signal::SIGSTOP)
    }

    /// Lets a frozen process go on.
    pub fn thaw(&self) -> Result<(), HostError> {
        self.signal(Signal::SIGCONT)
    }

    /// Asks the process to end, as Lambda does if the function has extensions.
    pub fn terminate(&self) -> Result<(), HostError> {
        self.signal(Signal::SIGTERM)
    }

    fn signal(&self, signal: Signal) -> Result<(), HostError> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).ok_or(io::ErrorKind::NotFound);
        Ok(kill(Pid::from_raw(id.map_err(io::Error::from)?), signal).map_err(io::Error::from)?)
    }

    /// Kills the function, as Lambda does after a timeout.
    pub async fn kill(&mut self) -> Result<(), HostError> {
        Ok(self.child.kill().await?)
    }

    /// Waits until the function exits by itself.
    pub async fn exit(&mut self) -> Result<ExitStatus, HostError> {
        Ok(self.child.wait().await?)
    }
}

/// An event in progress. Dropping it closes the connection of its response.
pub struct Invocation<'a> {
    function: &'a mut Function,
    parts: mpsc::UnboundedReceiver<ResponsePart>,
    started: Instant,
    deadline: Instant,
    head: Option<(bool, bool)>,
}

impl Invocation<'_> {
    /// The next bytes of the response, including the prelude; `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Chunk>, HostError> {
        Ok(match self.part().await? {
            ResponsePart::Data(at, bytes) => Some(Chunk { after: at.duration_since(self.started), bytes }),
            ResponsePart::Head { .. } | ResponsePart::End(_) => None,
        })
    }

    /// The complete response.
    pub async fn response(mut self) -> Result<FunctionResponse, HostError> {
        let mut chunks = Vec::new();
        let ended_at = loop {
            match self.part().await? {
                ResponsePart::Data(at, bytes) => {
                    chunks.push(Chunk { after: at.duration_since(self.started), bytes });
                }
                ResponsePart::End(at) => break at,
                ResponsePart::Head { .. } => {}
            }
        };
        let ended_after = ended_at.duration_since(self.started);
        let (is_streamed, is_error) = self.head.unwrap_or_default();
        if is_streamed {
            return FunctionResponse::streamed(chunks, ended_after);
        }
        let whole: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect();
        if is_error {
            let failure = serde_json::from_slice(&whole);
            return Err(failure.map_or(HostError::Malformed("the error report"), HostError::Failed));
        }
        FunctionResponse::buffered(whole.into(), ended_after)
    }

    async fn part(&mut self) -> Result<ResponsePart, HostError> {
        loop {
            let deadline = tokio::time::sleep_until(self.deadline.into());
            tokio::select! {
                biased;
                part = self.parts.recv() => match part {
                    Some(ResponsePart::Head { is_streamed, is_error }) => self.head = Some((is_streamed, is_error)),
                    Some(part) => return Ok(part),
                    None => return Err(HostError::Incomplete),
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
