//! From a parsed verb to the code that does it.

use std::process::ExitCode;

use aboveboard_command_line::file_of;
use clap::ArgMatches;

use super::{
    Context, Exit, answering, doctor, ended, erasure, export, network, payload, print, status, uninstall,
};

/// Runs one of the [`verbs`](super::verbs), as clap parsed it.
#[must_use]
pub fn run(matches: &ArgMatches, context: &Context<'_>) -> ExitCode {
    exit_of(matches, context).into()
}

/// Delivers what is due, in the foreground: what a command would start a helper for. For programs that a timer of the
/// system starts. With `explain` stderr says what became of it.
#[must_use]
pub fn deliver(context: &Context<'_>, explain: bool) -> Exit {
    network::deliver(context, explain)
}

/// Runs the verb and says how it ended.
pub(crate) fn exit_of(matches: &ArgMatches, context: &Context<'_>) -> Exit {
    let Some((verb, arguments)) = matches.subcommand() else { return Exit::Failed };
    let exit = match verb {
        "status" => Ok(status::run(context, arguments)),
        "on" => answering::on(context),
        "local" => answering::local(context),
        "off" => answering::off(context, arguments.get_flag("forget")),
        "preview" => Ok(payload::preview(context)),
        "send" => Ok(network::send(context)),
        "sent" => payload::sent(context, arguments.get_flag("json")),
        "held" => network::held(context, arguments.get_flag("json")),
        "published" => Ok(network::published(
            context,
            arguments.get_one::<String>("site").map(String::as_str),
            arguments.get_flag("json"),
        )),
        "forget" => erasure::forget(context),
        "export" => export::export(context, &file_of(arguments)),
        "import" => network::import(context, &file_of(arguments)),
        "commands" => Ok(list_commands(context)),
        "uninstall" => uninstall::uninstall(context, arguments.get_flag("forget")),
        "doctor" => Ok(doctor::run(context, arguments.get_flag("json"))),
        _ => Err(Exit::Failed),
    };
    ended(exit.unwrap_or_else(|failure| failure))
}

/// Prints what a manifest lists under `[cli] commands`.
fn list_commands(context: &Context<'_>) -> Exit {
    let mut declared = context.declaration().commands.iter().map(|path| &**path);
    let printed =
        if context.commands.is_empty() { declared.all(print) } else { context.commands.iter().all(print) };
    if printed { Exit::Done } else { Exit::Failed }
}
