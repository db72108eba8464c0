//! The program itself, which knows nothing of telemetry.

use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

/// One file that is called by the names of its applets.
pub(crate) fn tree() -> Command {
    let name = || Arg::new("name").help("Whom to greet").default_value("world");
    Command::new("multicall")
        .multicall(true)
        .subcommand_required(true)
        .subcommand(Command::new("hello").version("1.0.0").about("Says hello").arg(name()))
        .subcommand(Command::new("goodbye").version("1.0.0").about("Says goodbye").arg(name()))
}

pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    if let Some((applet, matches)) = matches.subcommand() {
        println!("{applet}, {}", matches.get_one::<String>("name").map_or("", String::as_str));
    }
    ExitCode::SUCCESS
}
