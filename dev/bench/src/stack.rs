//! The measured processes: a database that flushes as in production, the mock provider, and the API.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, ensure};
use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use ledger::keys::create;
use postgres_dev::Server;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::cpu::Processes;
use crate::database::{connect, pool, start_server};
use crate::load::{LoadTarget, MODEL_ROUTE};

const PEPPER: &str = "benchmark-pepper-not-for-production";

pub(crate) struct Stack {
    postgres: Server,
    api: Child,
    mock: Child,
    mock_address: SocketAddr,
    api_address: SocketAddr,
    key: String,
    rss_at_start: f64,
    // Dropped last, because the processes write to it.
    _folder: TempDir,
}

impl Stack {
    pub(crate) async fn start(threads: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let postgres = start_server(folder.path())?;
        let (mock, mock_address) = spawn("mock-provider", &["--port", "0"], &[]).await?;
        let keys = folder.path().join("keys");
        let environment = [
            ("DATABASE_URL", postgres.url()),
            ("OPENAI_API_BASE", format!("http://{mock_address}/v1")),
            ("OPENAI_API_KEY", "sk-mock".to_owned()),
            ("ANTHROPIC_API_BASE", format!("http://{mock_address}")),
            ("ANTHROPIC_API_KEY", "sk-ant-mock".to_owned()),
            ("GEMINI_API_BASE", format!("http://{mock_address}")),
            ("GEMINI_API_KEY", "gemini-mock".to_owned()),
            ("BEDROCK_REGION", "eu-central-1".to_owned()),
            ("BEDROCK_API_BASE", format!("http://{mock_address}")),
            // Requests are signed with these, as with a function's own.
            ("AWS_ACCESS_KEY_ID", "AKIAMOCK".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "mock".to_owned()),
            ("KEY_PEPPER", PEPPER.to_owned()),
            ("DATABASE_POOL_SIZE", "16".to_owned()),
            ("RUST_LOG", "warn".to_owned()),
        ];
        let threads = threads.to_string();
        let keys_file = keys.to_str().context("the path is not valid UTF-8")?;
        let (api, api_address) =
            spawn("local", &["--port", "0", "--threads", &threads, "--keys-file", keys_file], &environment)
                .await?;
        let text = std::fs::read_to_string(&keys)?;
        let find = |name| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            value.with_context(|| format!("the keys file has no {name}"))
        };
        let key = find("TOKENMETER_CHAT_KEY")?;
        create_route(api_address, find("TOKENMETER_ADMIN_KEY")?).await?;
        let rss_at_start = rss(api.id())?;
        Ok(Self {
            postgres,
            api,
            mock,
            mock_address,
            api_address,
            key: key.to_owned(),
            rss_at_start,
            _folder: folder,
        })
    }

    pub(crate) fn direct(&self) -> LoadTarget {
        LoadTarget { address: self.mock_address, keys: vec!["sk-mock".to_owned()], is_provider: true }
    }

    pub(crate) fn metered(&self) -> LoadTarget {
        LoadTarget { address: self.api_address, keys: vec![self.key.clone()], is_provider: false }
    }

    /// The API with `keys` new keys of this name.
    pub(crate) async fn metered_by(&self, keys: usize, name: &str) -> anyhow::Result<LoadTarget> {
        let database = pool(&self.postgres.url())?;
        let hasher = KeyHasher::new(&PEPPER.into());
        let mut secrets = Vec::new();
        for _ in 0..keys {
            let key = PlainKey::generate()?;
            let new =
                NewKey { name, user_label: None, scopes: &[Scope::Chat], models: None, expires_at: None };
            create(&database, &new, &key, hasher.hash(&key)).await?.context("the key exists already")?;
            secrets.push(key.reveal().to_owned());
        }
        Ok(LoadTarget { address: self.api_address, keys: secrets, is_provider: false })
    }

    pub(crate) fn database_url(&self) -> String {
        self.postgres.url()
    }

    pub(crate) fn rss_at_start(&self) -> f64 {
        self.rss_at_start
    }

    pub(crate) fn rss(&self) -> anyhow::Result<f64> {
        rss(self.api.id())
    }

    pub(crate) fn processes(&self) -> anyhow::Result<Processes> {
        Ok(Processes {
            mock: self.mock.id().context("the mock ended")?,
            api: self.api.id().context("the API ended")?,
            postgres: self.postgres.pid(),
        })
    }

    /// A connection as the superuser.
    pub(crate) async fn connect(&self) -> anyhow::Result<tokio_postgres::Client> {
        connect(&self.postgres.url()).await
    }

    pub(crate) async fn calls_made(&self) -> anyhow::Result<i64> {
        Ok(self.connect().await?.query_one("select count(*) from usage_logs", &[]).await?.get(0))
    }
}

/// Starts a binary from the folder of this one and waits for the line with its address.
async fn spawn(
    name: &str,
    args: &[&str],
    environment: &[(&str, String)],
) -> anyhow::Result<(Child, SocketAddr)> {
    let own = std::env::current_exe()?;
    let path = own.parent().unwrap_or(Path::new(".")).join(name);
    ensure!(path.exists(), "{} is not built: cargo build --release -p {name}", path.display());
    let mut child = Command::new(&path)
        .args(args)
        .envs(environment.iter().map(|(name, value)| (*name, value.as_str())))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, rest)) = line.split_once("listening on http://") {
            let address = rest.split('/').next().unwrap_or(rest).parse()?;
            // Keep reading, so that the child never blocks on a full pipe.
            #[expect(clippy::disallowed_methods, reason = "drains the child's output")]
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok((child, address));
        }
    }
    anyhow::bail!("{name} ended before it was ready")
}

/// [`MODEL_ROUTE`], whose first target responds.
async fn create_route(api: SocketAddr, key: &str) -> anyhow::Result<()> {
    let mut client = Client::connect(api, key).await?;
    let target = json!({"upstream": "openai", "model": "gpt-4o-mini"});
    let other = json!({"upstream": "openai", "model": "gpt-4o"});
    let route = json!({"model": MODEL_ROUTE, "wire": "openai", "targets": [target, other]});
    let response = client.send(client.post("/api/model-routes", &route)?).await?;
    ensure!(response.status().is_success(), "creating a model route was answered with {}", response.status());
    Ok(())
}

/// Resident memory in MB, from Linux.
fn rss(pid: Option<u32>) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.context("the API ended")?))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS in the process status")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes / 1000.0)
}
