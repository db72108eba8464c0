//! The program itself, which knows nothing of telemetry.

use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

pub(crate) fn tree() -> Command {
    let remote = Command::new("remote")
        .about("Where the list is copied to")
        .subcommand_required(true)
        .subcommand(Command::new("set").about("Copy to this place").arg(Arg::new("place").required(true)))
        .subcommand(Command::new("show").about("Show the place"));
    Command::new("builder")
        .version("1.2.3")
        .about("Keeps a list of tasks")
        .arg(Arg::new("verbose").short('v').long("verbose").global(true).action(ArgAction::SetTrue))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("add").about("Add a task").arg(Arg::new("task").required(true)))
        .subcommand(Command::new("list").alias("ls").about("Show the tasks"))
        .subcommand(remote)
}

pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let done = match matches.subcommand() {
        Some(("add", add)) => append("tasks.txt", text(add, "task")),
        Some(("remote", remote)) => match remote.subcommand() {
            Some(("set", set)) => append("remote.txt", text(set, "place")),
            _ => show("remote.txt"),
        },
        _ => show("tasks.txt"),
    };
    match done {
        Ok(lines) if matches.get_flag("verbose") => eprintln!("{lines} lines"),
        Ok(_) => {}
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn text<'m>(matches: &'m ArgMatches, name: &str) -> &'m str {
    matches.get_one::<String>(name).map_or("", String::as_str)
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
