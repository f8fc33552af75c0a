//! The API against its OpenAPI document: generated requests, on a stack of their own, which they fill with keys and
//! limits.

use super::{Outcome, sdk};
use crate::terminal;

pub(crate) fn run() -> anyhow::Result<Outcome> {
    if !sdk::has_python() {
        terminal::note("SKIPPED: there is no python3 with the modules venv and ensurepip");
        return Ok(Outcome::Skipped);
    }
    sdk::on_new_stack("contract", |stack| {
        stack.run(sdk::suite("schemathesis").arg("run.sh"))?;
        Ok(Outcome::Passed)
    })
}
