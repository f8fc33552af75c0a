//! `cargo xtask openapi`: the document from which the frontend's types are generated.

use std::fs;
use std::process::Command;

use anyhow::{Context, bail};

use crate::{paths, step, terminal};

pub(crate) fn run() -> anyhow::Result<()> {
    step::run(step::cargo().args(["build", "--package", "local", "--bins"]))?;
    let output = Command::new(paths::binary("local")?).arg("openapi").output()?;
    if !output.status.success() {
        bail!("`local openapi` failed:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let file = paths::root().join("docs/openapi.json");
    fs::write(&file, &output.stdout).with_context(|| format!("cannot write {}", file.display()))?;
    terminal::result("updated docs/openapi.json; now run `npm run generate` in frontend/");
    Ok(())
}
