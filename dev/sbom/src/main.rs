//! Writes the bill of materials of each packaged function beside its package; run by `cargo xtask package`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use sbom::Bills;

#[derive(Parser)]
struct Arguments {
    /// Folder of the workspace
    #[arg(long)]
    root: PathBuf,
    /// Triple that the functions were built for
    #[arg(long)]
    target: String,
    /// Folder with `<function>.zip`; `<function>.cdx.json` is written into it
    #[arg(long)]
    packages: PathBuf,
    #[arg(required = true)]
    functions: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let bills = Bills::read(&arguments.root, &arguments.target)?;
    for function in &arguments.functions {
        let archive = arguments.packages.join(function).with_extension("zip");
        let package =
            std::fs::read(&archive).with_context(|| format!("cannot read {}", archive.display()))?;
        let to = archive.with_extension("cdx.json");
        std::fs::write(&to, format!("{:#}\n", bills.bill(function, &package)?))
            .with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(())
}
