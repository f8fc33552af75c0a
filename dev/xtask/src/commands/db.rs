//! `cargo xtask db`: only Postgres, for developers who start the rest by hand.

use clap::Args;

use crate::stack::{Database, Stack};
use crate::{paths, terminal};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Start with an empty database
    #[arg(long, conflicts_with = "temporary")]
    fresh: bool,
    /// Run a database for tests: nothing is flushed to disk, and it is deleted at the end
    #[arg(long, conflicts_with = "postgres_port")]
    temporary: bool,
    /// Port of Postgres; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    postgres_port: u16,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (database, variable) = if arguments.temporary {
        (Database::Temporary, "TEST_DATABASE_URL")
    } else {
        let port = (arguments.postgres_port != 0).then_some(arguments.postgres_port);
        (Database::Persistent { port, fresh: arguments.fresh }, "DATABASE_URL")
    };
    let mut stack = Stack::on(database, &paths::home())?;
    terminal::result(&format!("{variable}={}", stack.database_url()));
    stack.watch()
}
