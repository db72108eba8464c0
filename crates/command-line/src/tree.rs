//! The verbs as a clap tree, written with the builder so that no host pays for derive.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};

/// Name of the subcommand in a host, and of the flag in one without subcommands.
pub const NAME: &str = "telemetry";

/// The verbs that a person looks for, in the order of the help page.
pub(crate) const VISIBLE: [&str; 14] = [
    "status",
    "on",
    "local",
    "off",
    "preview",
    "send",
    "sent",
    "held",
    "published",
    "forget",
    "export",
    "import",
    "doctor",
    "uninstall",
];

/// The subcommand `telemetry` with all its verbs. The operator's binary mounts the same verbs at its root.
#[must_use]
pub fn command() -> Command {
    Command::new(NAME)
        .about("Show and control what is collected about the use of this program")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(verbs())
}

/// Each verb as a command of its own.
#[must_use]
pub fn verbs() -> Vec<Command> {
    vec![
        verb("status", "Show whether telemetry is on, and what decided it")
            .arg(json())
            .arg(switch("check", "Print nothing; exit with 0 on, 3 off, 4 local, 5 undecided"))
            .arg(
                Arg::new("server")
                    .long("server")
                    .value_name("URL")
                    .help("Ask the running server at this address for its own status"),
            )
            .arg(
                Arg::new("token-file")
                    .long("token-file")
                    .value_name("FILE")
                    .value_parser(value_parser!(PathBuf))
                    .requires("server")
                    .help("The server's token: `telemetry/token` in its directory [default: the variable TELEMETRY_TOKEN of the product]"),
            ),
        verb("on", "Allow telemetry"),
        verb("local", "Record and show, but never send"),
        verb("off", "Refuse telemetry and delete what was recorded here")
            .arg(switch("forget", "Also have the collector delete what it received")),
        verb("preview", "Print the batches that wait, exactly as they would be sent"),
        verb("send", "Send what was recorded now, and print each receipt"),
        verb("sent", "List what was sent, with its receipts").arg(json()),
        verb("held", "Show what the collector holds of this installation").arg(json()),
        verb("published", "Check the figures that the makers publish, and show them beside your own").arg(json()).arg(
            Arg::new("site")
                .long("site")
                .value_name("URL")
                .help("Read them here, such as at a mirror, in place of the address that the product names"),
        ),
        verb("forget", "Have the collector delete what it received, and start over under a new id"),
        verb("export", "Write what was recorded into a file, for a machine without a network")
            .arg(file("The new file; `-` for standard output")),
        verb("import", "Send a file that `export` wrote on another machine")
            .arg(file("The file; `-` for standard input")),
        verb("commands", "Print the path of every command that can be recorded, one on each line").hide(true),
        verb("doctor", "Look for what keeps telemetry from working as decided").arg(json()),
        verb("uninstall", "Delete all that telemetry keeps here, your answer too")
            .arg(switch("forget", "First have the collector delete what it received")),
    ]
}

fn verb(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about)
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn json() -> Arg {
    switch("json", "Print one JSON document")
}

fn file(help: &'static str) -> Arg {
    Arg::new("file")
        .value_name("FILE")
        .required(true)
        .value_hint(ValueHint::FilePath)
        .value_parser(OsStringValueParser::new())
        .help(help)
}

/// The file that `export` and `import` were given.
#[must_use]
pub fn file_of(matches: &clap::ArgMatches) -> OsString {
    matches.get_one::<OsString>("file").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_visible_verbs_are_complete() {
        let verbs = verbs();
        let visible: Vec<&str> =
            verbs.iter().filter(|verb| !verb.is_hide_set()).map(Command::get_name).collect();
        assert_eq!(visible, VISIBLE);
    }
}
