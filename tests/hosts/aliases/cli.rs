//! The program itself, which knows nothing of telemetry.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs aliases
#[derive(Parser)]
#[command(name = "aliases", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    alias: Alias,
}

#[derive(Subcommand)]
enum Alias {
    #[command(external_subcommand)]
    Any(Vec<OsString>),
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    let Alias::Any(words) = &cli.alias;
    println!("would run {words:?}");
    ExitCode::SUCCESS
}
