//! The program itself, which knows nothing of telemetry.

use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps a list of tasks
#[derive(Parser)]
#[command(name = "derive", version)]
pub(crate) struct Cli {
    /// Say more
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add a task
    #[command(visible_alias = "new")]
    Add {
        /// What is to be done
        task: String,
    },
    /// Show the tasks
    List,
    /// Where the list is copied to
    #[command(subcommand)]
    Remote(Remote),
}

#[derive(Subcommand)]
enum Remote {
    /// Copy to this place from now on
    Set { place: String },
    /// Show the place
    Show,
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    let done = match &cli.command {
        Command::Add { task } => append("tasks.txt", task),
        Command::List => show("tasks.txt"),
        Command::Remote(Remote::Set { place }) => append("remote.txt", place),
        Command::Remote(Remote::Show) => show("remote.txt"),
    };
    match done {
        Ok(lines) if cli.verbose => eprintln!("{lines} lines"),
        Ok(_) => {}
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn append(file: &str, line: &str) -> std::io::Result<usize> {
    let mut file = fs::OpenOptions::new().create(true).append(true).open(file)?;
    writeln!(file, "{line}")?;
    Ok(1)
}

fn show(file: &str) -> std::io::Result<usize> {
    let text = fs::read_to_string(file)?;
    print!("{text}");
    Ok(text.lines().count())
}
