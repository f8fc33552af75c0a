//! `cargo xtask lambda`: the functions under the Lambda emulator of `cargo lambda watch`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use crate::commands::package;
use crate::environment::{Keys, Provider, Variables};
use crate::interrupt::Interrupted;
use crate::stack::{self, Database, Stack};
use crate::{net, paths, step, terminal};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Port of the API
    #[arg(long, default_value_t = 8000)]
    api_port: u16,
    /// Port of the mock provider
    #[arg(long, default_value_t = 9000)]
    mock_port: u16,
    /// Port of Postgres; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    postgres_port: u16,
    /// Maximum number of concurrent calls per function, each in its own process
    #[arg(long, default_value_t = 4)]
    concurrency: u16,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match watch(arguments) {
        Err(error) if error.is::<Interrupted>() => Ok(()),
        other => other,
    }
}

fn watch(arguments: &Arguments) -> anyhow::Result<()> {
    package::require_cargo_lambda()?;
    let provider = Provider::from_environment();
    net::must_be_free(arguments.api_port, "API", "--api-port")?;
    if provider == Provider::Mock {
        net::must_be_free(arguments.mock_port, "mock provider", "--mock-port")?;
    }
    stack::build()?;
    // Built here to show progress; under `watch`, the first call would wait for the build.
    step::run(step::cargo().args(["build", "--bins"]))?;
    let mut stack = Stack::on(Database::from_environment(arguments.postgres_port, false)?, &paths::home())?;
    if provider == Provider::Mock {
        stack.start_mock(arguments.mock_port)?;
    }
    let mut variables = stack::variables(&stack, &provider, arguments.mock_port);
    stack.migrate(&variables)?;
    stack.start_schedule(&variables)?;
    emulate_lambda(&mut variables);
    let env_file = paths::home().join("lambda.env");
    write_env_file(&env_file, &variables)?;

    let port = arguments.api_port;
    let mut lambda = step::cargo();
    lambda.args(["lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
    lambda.args(["--concurrency", &arguments.concurrency.to_string()]).arg("--env-file").arg(&env_file);
    stack.start("lambda", &mut lambda)?;
    // The first request starts its function. Giving up on it would log an error, so wait longer.
    let timeout = Duration::from_secs(20);
    stack.wait_for("lambda", || net::status_within(port, "/healthz", timeout) == Some(200))?;
    let keys = Keys::read(&stack.keys_file())?;
    terminal::result(&format!(
        r#"
The functions run on http://localhost:{port} and are rebuilt when a file changes. Log: .dev/logs/lambda.log

  curl -s http://localhost:{port}/api/llm/chat -H 'authorization: Bearer {chat}' -H 'content-type: application/json' -d '{{"user_label":"alice","model":"gpt-4o-mini","prompt":"Say hello."}}'

  curl -s http://localhost:{port}/api/usage/summary -H 'authorization: Bearer {admin}'

Invoke a function with a sample event from API Gateway:

  sed 's/tm_EVENTKEY[0-9A-Za-z]*/{chat}/' events/chat/llm-chat.json > .dev/event.json
  cargo lambda invoke chat --invoke-address 127.0.0.1 --invoke-port {port} --data-file .dev/event.json"#,
        chat = keys.chat,
        admin = keys.admin,
    ));
    stack.watch()
}

/// Adapts the variables to a function under the emulator.
fn emulate_lambda(variables: &mut Variables) {
    // As in Lambda, a process serves one call at a time.
    variables.retain(|(name, _)| *name != "DATABASE_POOL_SIZE");
    variables.push(("DATABASE_POOL_SIZE", "1".to_owned()));
    // Sample events have a stage, which would otherwise be part of the path.
    variables.push(("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "1".to_owned()));
}

/// Only the owner may read the file, because it may contain a real provider key.
fn write_env_file(file: &Path, variables: &Variables) -> anyhow::Result<()> {
    let mut text = String::new();
    for (name, value) in variables {
        writeln!(text, "{name}={value}")?;
    }
    let _ = fs::remove_file(file);
    let mut options = fs::OpenOptions::new();
    let mut open =
        options.write(true).create_new(true).mode(0o600).open(file).context("cannot write lambda.env")?;
    open.write_all(text.as_bytes()).context("cannot write lambda.env")
}
