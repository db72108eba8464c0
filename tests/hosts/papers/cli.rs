//! The program itself, which knows nothing of telemetry.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

/// Keeps a list, and prints its own papers
#[derive(Parser)]
#[command(name = "papers", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the list
    List,
    /// Print the completions of a shell
    Completions { shell: Shell },
    /// Print the man page
    Man,
}

/// `tree` is the command line to which the papers belong.
pub(crate) fn run(cli: &Cli, tree: clap::Command) -> ExitCode {
    match printed(cli, tree) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn printed(cli: &Cli, mut tree: clap::Command) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match &cli.command {
        Command::List => writeln!(out, "nothing")?,
        Command::Completions { shell } => clap_complete::generate(*shell, &mut tree, "papers", &mut out),
        Command::Man => clap_mangen::Man::new(tree).render(&mut out)?,
    }
    out.flush()
}
