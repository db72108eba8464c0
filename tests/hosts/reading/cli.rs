//! The program itself, which knows nothing of telemetry.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Searches, and reads its arguments while they are parsed
#[derive(Parser)]
#[command(name = "reading", version)]
pub(crate) struct Cli {
    /// Where to search; `-` for standard input
    #[arg(long, global = true, value_parser = input)]
    input: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the lines with a word
    Search(Search),
    /// Count the lines
    Count,
}

#[derive(Args)]
struct Search {
    word: String,
    /// A new file in which the word is kept
    #[arg(long, value_parser = new_file)]
    keep: Option<String>,
}

/// The text of a file. Standard input can be read once.
fn input(place: &str) -> Result<String, std::io::Error> {
    let mut text = String::new();
    if place == "-" {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        File::open(place)?.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// A file that this makes. It can be made once.
fn new_file(place: &str) -> Result<String, std::io::Error> {
    File::create_new(Path::new(place)).map(|_| place.to_owned())
}

pub(crate) fn run(cli: &Cli) -> ExitCode {
    let text = cli.input.as_deref().unwrap_or_default();
    match &cli.command {
        Command::Count => println!("{}", text.lines().count()),
        Command::Search(search) => {
            text.lines().filter(|line| line.contains(&search.word)).for_each(|line| println!("{line}"));
            if let Some(Err(error)) = search.keep.as_ref().map(|place| std::fs::write(place, &search.word)) {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
