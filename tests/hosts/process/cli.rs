//! The program itself, which knows nothing of telemetry.

use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command as Process, ExitCode, Stdio};

use clap::{Parser, Subcommand};

/// Ends in many ways
#[derive(Parser)]
#[command(name = "process", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// By `process::exit`
    Exit { code: i32 },
    /// By a panic
    Panic,
    /// By SIGABRT
    Abort,
    /// When its input has ended
    Input,
    /// When it has printed many lines, or panics where nobody reads them
    Output,
    /// When it has printed many lines, or nobody reads them
    Lines,
    /// By becoming another program
    Exec { program: Vec<String> },
    /// At once, with a process left that works on
    Background,
    /// What works on
    Worker,
}

/// `leaves` is called where the command is over and the process is not: it becomes another program, or ends with a process left
/// that works on.
pub(crate) fn run(cli: &Cli, leaves: impl FnOnce()) -> ExitCode {
    match &cli.command {
        Command::Exit { code } => std::process::exit(*code),
        Command::Panic => panic!("as asked"),
        Command::Abort => std::process::abort(),
        Command::Input => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            println!("{read:?}, {} lines", text.lines().count());
        }
        Command::Output => (0..LINES).for_each(|number| println!("line {number}")),
        Command::Lines => return lines(),
        Command::Exec { program } => {
            leaves();
            let error = Process::new(&program[0]).args(&program[1..]).exec();
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
        Command::Background => {
            let me = std::env::current_exe().expect("its own path");
            let worker = Process::new(me).arg("worker").stdin(Stdio::null()).process_group(0).spawn();
            return if worker.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Command::Worker => {
            std::fs::write("worked.txt", "done\n").expect("a file");
            println!("done");
        }
    }
    ExitCode::SUCCESS
}

/// More than a pipe holds.
const LINES: u32 = 20_000;

fn lines() -> ExitCode {
    let mut out = std::io::stdout().lock();
    for number in 0..LINES {
        if writeln!(out, "line {number}").is_err() {
            return ExitCode::from(141);
        }
    }
    ExitCode::SUCCESS
}
