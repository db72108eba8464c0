//! The program itself, which knows nothing of telemetry.

use std::process::ExitCode;

use clap::{Args, Parser};

/// How cargo calls its plug-ins: `cargo-plugin plugin …`.
#[derive(Parser)]
#[command(name = "cargo", bin_name = "cargo")]
pub(crate) enum Cli {
    Plugin(Plugin),
}

/// Counts the packages
#[derive(Args)]
#[command(version)]
pub(crate) struct Plugin {
    /// Only this one
    package: Option<String>,
    /// Say less
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    let Cli::Plugin(plugin) = cli;
    if !plugin.quiet {
        println!("counted {:?}", plugin.package);
    }
    ExitCode::SUCCESS
}
