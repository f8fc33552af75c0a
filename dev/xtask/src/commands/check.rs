//! `cargo xtask check`: checks that are quick enough to run before every commit.

use crate::commands::test::jobs;
use crate::{node, paths, terminal};

pub(crate) fn run() -> anyhow::Result<()> {
    jobs::rust()?;
    node::require()?;
    node::install(&paths::frontend())?;
    node::script(&paths::frontend(), "lint")?;
    node::script(&paths::frontend(), "typecheck")?;
    terminal::note("all checks passed");
    Ok(())
}
