//! The program itself, which reads its arguments by hand.

use std::process::ExitCode;

const USAGE: &str = "usage: no-clap count FILE... | help";

/// The name of the command that these arguments call.
pub(crate) fn command(arguments: &[String]) -> Option<&str> {
    arguments.first().map(String::as_str).filter(|name| ["count", "help"].contains(name))
}

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    match command(arguments) {
        Some("count") => count(&arguments[1..]),
        Some(_) => println!("{USAGE}"),
        None => {
            eprintln!("{USAGE}");
            return ExitCode::from(64);
        }
    }
    ExitCode::SUCCESS
}

fn count(files: &[String]) {
    for file in files {
        match std::fs::read_to_string(file) {
            Ok(text) => println!("{file}: {}", text.lines().count()),
            Err(error) => println!("{file}: {error}"),
        }
    }
}
