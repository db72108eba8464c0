//! The verbs in a build without telemetry. They are called and they end as those of one with it in which telemetry is off; what
//! would need an agent is refused in words on stderr.

use std::fmt::Display;
use std::io::Write as _;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::process::ExitCode;

pub use aboveboard_command_line::{Exit, NAME, command, verbs};
use clap::ArgMatches;

/// What the verbs work with.
#[derive(Clone, Debug, Default)]
pub struct Context<'d> {
    commands: Vec<String>,
    declaration: PhantomData<&'d ()>,
}

impl Context<'_> {
    /// The same about a server, of which there is nothing here either.
    #[must_use]
    pub fn of_server(self, _directory: PathBuf) -> Self {
        self
    }

    /// The paths that the host's own tree can report.
    #[must_use]
    pub fn commands(mut self, paths: Vec<String>) -> Self {
        self.commands = paths;
        self
    }
}

/// Runs one of the verbs, as clap parsed it.
#[must_use]
pub fn run(matches: &ArgMatches, context: &Context<'_>) -> ExitCode {
    exit_of(matches, context).into()
}

/// Delivers nothing.
#[must_use]
pub fn deliver(_context: &Context<'_>, _explain: bool) -> ExitCode {
    refuse("it delivers nothing").into()
}

pub(super) fn exit_of(matches: &ArgMatches, context: &Context<'_>) -> Exit {
    let Some((verb, arguments)) = matches.subcommand() else { return Exit::Failed };
    let as_json = arguments.try_get_one::<bool>("json").is_ok_and(|json| json == Some(&true));
    match verb {
        "status" => status(arguments, as_json),
        "on" | "local" => refuse("there is nothing to allow"),
        "off" => {
            say(
                "telemetry is off: this build holds none; it keeps no answer, and deletes nothing of another build",
            );
            Exit::Done
        }
        "uninstall" => {
            say("this build holds no telemetry and keeps nothing; it deletes nothing of another build");
            Exit::Done
        }
        "sent" => {
            say("nothing was sent: this build holds no telemetry");
            if as_json { printed(["[]"]) } else { Exit::Done }
        }
        "doctor" => {
            say("nothing wrong was found; this build holds no telemetry");
            if as_json { printed(["[]"]) } else { Exit::Done }
        }
        "commands" => printed(&context.commands),
        "preview" => refuse("there is nothing to show"),
        _ => refuse("it keeps and sends nothing"),
    }
}

fn status(arguments: &ArgMatches, as_json: bool) -> Exit {
    if arguments.contains_id("server") {
        say("error: this build holds no telemetry: it asks no server");
        return Exit::Failed;
    }
    if arguments.get_flag("check") {
        return Exit::Off;
    }
    printed([if as_json {
        r#"{"mode":"off","because":"build"}"#
    } else {
        "off: this build holds no telemetry"
    }])
}

fn refuse(what: &str) -> Exit {
    say(format_args!("this build holds no telemetry: {what}"));
    Exit::Off
}

/// One line for people, on stderr.
fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Lines of data, on stdout.
fn printed(lines: impl IntoIterator<Item = impl Display>) -> Exit {
    let mut stdout = std::io::stdout().lock();
    let mut written = lines.into_iter().try_for_each(|line| writeln!(stdout, "{line}"));
    written = written.and_then(|()| stdout.flush());
    if written.is_ok() { Exit::Done } else { Exit::Failed }
}
