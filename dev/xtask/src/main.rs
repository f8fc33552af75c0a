//! The task runner: `cargo xtask up`, `cargo xtask test` and others.

mod commands;
mod environment;
mod interrupt;
mod net;
mod node;
mod paths;
mod process;
mod stack;
mod step;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{check, db, lambda, openapi, package, test, up};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Development tasks of Tokenmeter")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run Postgres, mock provider, API and dashboard until Ctrl-C
    Up(up::Arguments),
    /// Run all CI jobs, or only the given ones
    Test(test::Arguments),
    /// Check format, lints and types; quick enough to run before every commit
    Check,
    /// Run the functions under `cargo lambda watch`, with Postgres and the mock provider
    Lambda(lambda::Arguments),
    /// Build the zip file of each function, the same from the same source
    Package(package::Arguments),
    /// Update docs/openapi.json
    Openapi,
    /// Run only Postgres and print its URL
    Db(db::Arguments),
}

fn main() -> ExitCode {
    let outcome = interrupt::listen().and_then(|()| match Cli::parse().command {
        Command::Up(arguments) => up::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Check => check::run(),
        Command::Lambda(arguments) => lambda::run(&arguments),
        Command::Package(arguments) => package::run(&arguments),
        Command::Openapi => openapi::run(),
        Command::Db(arguments) => db::run(&arguments),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<interrupt::Interrupted>() => {
            terminal::note("interrupted");
            ExitCode::from(130)
        }
        Err(error) => {
            terminal::failure(&error);
            ExitCode::FAILURE
        }
    }
}
