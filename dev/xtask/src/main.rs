//! The commands of the README: `cargo xtask up`, `cargo xtask test` and their smaller sisters.

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
#[command(bin_name = "cargo xtask", about = "Tasks of Tokenmeter's developers")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole product on this machine until Ctrl-C
    Up(up::Arguments),
    /// Run every check, or the jobs that are named
    Test(test::Arguments),
    /// Format, lint and type-check: the quick loop
    Check,
    /// Run the functions under `cargo lambda watch`, on Postgres and the mock provider
    Lambda(lambda::Arguments),
    /// Build the functions' zip files and print their sizes
    Package(package::Arguments),
    /// Write docs/openapi.json
    Openapi,
    /// Run Postgres alone and print its URL
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
