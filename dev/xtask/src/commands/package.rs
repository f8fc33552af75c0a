//! `cargo xtask package`: the zip file of each function, as deployed, and beside it what it is made of.

mod archive;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::{environment, paths, step, terminal};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Processor architecture of the functions
    #[arg(long, value_enum, default_value_t = Arch::X86_64)]
    arch: Arch,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Arch {
    #[value(name = "x86_64")]
    X86_64,
    Arm64,
}

impl Arch {
    fn target(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    require_cargo_lambda()?;
    let target = arguments.arch.target();
    require_target(target)?;
    let functions = functions(&paths::root().join("functions"))?;
    let mut build = step::cargo();
    build.args(["lambda", "build", "--release", "--output-format", "binary", "--target", target]);
    build.env("RUSTFLAGS", flags_without_paths()?);
    for function in &functions {
        build.args(["--package", function]);
    }
    step::run(&mut build)?;
    let (binaries, packages) =
        (target_folder()?.join("lambda"), target_folder()?.join("package").join(target));
    fs::create_dir_all(&packages)?;
    for function in &functions {
        let zip = packages.join(function).with_extension("zip");
        archive::pack(&binaries.join(function).join("bootstrap"), &zip)?;
        let bytes = fs::metadata(&zip)?.len();
        terminal::result(&format!("{function:<10} {:>8} KiB  {}", bytes.div_ceil(1024), zip.display()));
    }
    write_bills(&functions, target, &packages)
}

/// A program of its own: its dependencies would make every start of this one wait.
fn write_bills(functions: &[String], target: &str, packages: &Path) -> anyhow::Result<()> {
    let mut bills = step::cargo();
    bills.args(["run", "--quiet", "--locked", "--package", "sbom", "--"]);
    bills.arg("--root").arg(paths::root()).args(["--target", target]).arg("--packages").arg(packages);
    step::run(bills.args(functions))
}

/// Compiler flags with which a binary does not contain where it was built: panics name source files.
fn flags_without_paths() -> anyhow::Result<String> {
    let home = environment::text("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(environment::text("HOME")?).join(".cargo")));
    let home = home.context("neither CARGO_HOME nor HOME is set")?;
    let mut flags = environment::text("RUSTFLAGS").into_iter().collect::<Vec<_>>();
    for (path, name) in [(paths::root(), "/tokenmeter"), (&home, "/cargo")] {
        if path.to_string_lossy().contains(char::is_whitespace) {
            bail!(
                "{} contains a space, which RUSTFLAGS cannot express: package from another folder",
                path.display()
            );
        }
        flags.push(format!("--remap-path-prefix={}={name}", path.display()));
    }
    Ok(flags.join(" "))
}

/// The target folder, even if `CARGO_TARGET_DIR` moved it.
fn target_folder() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors().nth(2).map(Path::to_owned).context("this program is not in a target folder")
}

fn functions(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

pub(crate) fn require_cargo_lambda() -> anyhow::Result<()> {
    let mut version = step::cargo();
    version.args(["lambda", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if !version.status().is_ok_and(|status| status.success()) {
        bail!("cargo-lambda is not installed: `pip install cargo-lambda` (or `brew install cargo-lambda`)");
    }
    Ok(())
}

/// Checked first, because cargo-lambda would download a missing target without asking.
fn require_target(target: &str) -> anyhow::Result<()> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).current_dir(paths::root()).output()?;
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !Path::new(&sysroot).join("lib/rustlib").join(target).join("lib").is_dir() {
        bail!("the Rust target {target} is not installed: `rustup target add {target}`");
    }
    Ok(())
}
