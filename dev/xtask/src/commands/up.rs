//! `cargo xtask up`: the whole product, until Ctrl-C.

mod demo;

use clap::Args;

use crate::environment::{Keys, Provider};
use crate::interrupt::Interrupted;
use crate::stack::{self, Database, Stack};
use crate::{net, node, paths, terminal};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Start with an empty database; the local keys stay the same
    #[arg(long)]
    fresh: bool,
    /// Fill an empty database with ninety days of calls, and let two calls a minute follow
    #[arg(long)]
    demo: bool,
    /// Run without the dashboard, which needs Node
    #[arg(long)]
    no_dashboard: bool,
    /// Port of the API
    #[arg(long, default_value_t = 8000)]
    api_port: u16,
    /// Port of the dashboard
    #[arg(long, default_value_t = 5173)]
    dashboard_port: u16,
    /// Port of the mock provider
    #[arg(long, default_value_t = 9000)]
    mock_port: u16,
    /// Port of Postgres; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    postgres_port: u16,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    match bring_up(arguments) {
        // An interrupt is the normal end of this command, even during startup.
        Err(error) if error.is::<Interrupted>() => Ok(()),
        other => other,
    }?;
    terminal::note("stopped");
    Ok(())
}

fn bring_up(arguments: &Arguments) -> anyhow::Result<()> {
    let provider = Provider::from_environment();
    let database = Database::from_environment(arguments.postgres_port, arguments.fresh)?;
    check_machine(arguments, &provider)?;
    stack::build()?;
    if arguments.demo {
        demo::build(&provider)?;
    }
    if !arguments.no_dashboard {
        node::install(&paths::frontend())?;
    }
    let mut stack = Stack::on(database, &paths::home())?;
    if provider == Provider::Mock {
        stack.start_mock(arguments.mock_port)?;
    }
    let mut variables = stack::variables(&stack, &provider, arguments.mock_port);
    if arguments.demo {
        demo::fill(&stack, &mut variables)?;
    }
    stack.start_api(arguments.api_port, &variables)?;
    if arguments.demo {
        demo::start_calls(&mut stack, arguments.api_port, &variables)?;
    }
    if !arguments.no_dashboard {
        stack.start_dashboard(arguments.dashboard_port, arguments.api_port)?;
    }
    let keys = Keys::read(&stack.keys_file())?;
    terminal::result(&greeting(arguments, &provider, stack.database_url(), &keys));
    stack.watch()
}

fn check_machine(arguments: &Arguments, provider: &Provider) -> anyhow::Result<()> {
    if !arguments.no_dashboard {
        node::require()?;
        net::must_be_free(arguments.dashboard_port, "dashboard", "--dashboard-port")?;
    }
    net::must_be_free(arguments.api_port, "API", "--api-port")?;
    if *provider == Provider::Mock {
        net::must_be_free(arguments.mock_port, "mock provider", "--mock-port")?;
    }
    Ok(())
}

fn greeting(arguments: &Arguments, provider: &Provider, database_url: &str, keys: &Keys) -> String {
    let api = arguments.api_port;
    let provider = match provider {
        Provider::Mock => format!("http://localhost:{}/v1 (mock)", arguments.mock_port),
        Provider::Real { base, .. } => base.clone(),
    };
    let (dashboard, sign_in) = if arguments.no_dashboard {
        (String::new(), String::new())
    } else {
        let port = arguments.dashboard_port;
        (
            format!("  dashboard  http://localhost:{port}\n"),
            format!("\nSign in:\n\n  http://localhost:{port}/sign-in#key={}\n", keys.admin),
        )
    };
    format!(
        r#"
Tokenmeter is up.

{dashboard}  API        http://localhost:{api}   (documentation: http://localhost:{api}/docs)
  provider   {provider}
  database   {database_url}
  logs       .dev/logs, keys in .dev/env
{sign_in}
Send a chat message, then read its usage:

  curl -s http://localhost:{api}/api/llm/chat -H 'authorization: Bearer {chat}' -H 'content-type: application/json' -d '{{"user_label":"alice","model":"gpt-4o-mini","prompt":"Say hello."}}'

  curl -s http://localhost:{api}/api/usage/summary -H 'authorization: Bearer {admin}'

Ctrl-C stops everything."#,
        chat = keys.chat,
        admin = keys.admin,
    )
}
