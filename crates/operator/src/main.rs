//! The aboveboard binary for operators, maintainers and users.
//!
//! One file a verb. `arguments` declares the command line, and `main` calls the verb.
#![forbid(unsafe_code)]

mod arguments;
mod collect;
mod collector;
#[cfg(feature = "demo")]
mod demo;
mod exec;
mod ignored_signals;
mod inspect;
mod man;
mod manifest;
mod manifest_file;
mod named_file;
mod output;
mod record;
mod silent;
mod simulate;
mod user;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};

use crate::arguments::{Arguments, Verb};

fn main() -> ExitCode {
    user::deliver_if_called();
    #[cfg(feature = "demo")]
    if !demo::leash() {
        return ExitCode::FAILURE;
    }
    #[cfg(feature = "demo")]
    if let Some(main) = demo::program() {
        return main();
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if is_help(&error) => error.exit(),
        Err(error) => without_values(&error).exit(),
    };
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn is_help(error: &clap::Error) -> bool {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    matches!(error.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion)
}

/// The error without what was given in place of an option or a value: that may be anything, and what is printed may be kept.
fn without_values(error: &clap::Error) -> clap::Error {
    let mut clean = clap::Error::new(error.kind()).with_cmd(&Arguments::command());
    for (kind, value) in error.context() {
        let is_safe = match (kind, value) {
            // The name of an option that there is not; every other argument that is named is one of ours.
            (ContextKind::InvalidArg, ContextValue::String(text))
                if error.kind() == ErrorKind::UnknownArgument =>
            {
                text.starts_with("--") && !text.contains('=')
            }
            (kind, _) => matches!(
                kind,
                ContextKind::InvalidArg
                    | ContextKind::PriorArg
                    | ContextKind::SuggestedArg
                    | ContextKind::ValidSubcommand
                    | ContextKind::ValidValue
                    | ContextKind::Usage
            ),
        };
        if is_safe {
            clean.insert(kind, value.clone());
        }
    }
    clean
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.verb {
        #[cfg(feature = "demo")]
        Verb::Demo(options) => demo::run(options),
        Verb::Collect(options) => collect::run(options),
        Verb::Collector(verb) => collector::run(verb),
        Verb::Manifest(verb) => manifest::run(verb),
        Verb::Inspect(options) => inspect::run(options),
        Verb::Silent(options) => silent::run(options),
        Verb::Completions(options) => man::completions(options, Arguments::command()),
        Verb::Man(options) => man::run(options, Arguments::command()),
        Verb::Exec(options) => Ok(exec::run(options, arguments.manifest.as_deref())),
        Verb::Simulate(options) => simulate::run(options, arguments.manifest.as_deref()),
        Verb::Record(options) => record::run(options, arguments.manifest.as_deref()),
        Verb::User(verb) => match &arguments.manifest {
            Some(manifest) => user::run(manifest, verb),
            None => anyhow::bail!("name the product's telemetry.toml: aboveboard --manifest FILE VERB"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_of_the_command_line_repeats_what_was_given() {
        for given in [
            &["record", "started", "hunter2"][..],
            &["record", "started", "--field=provider=a", "--hunter2=hunter2"],
            &["record", "started", "-hunter2"],
            &["hunter2"],
            &["collector", "hunter2"],
            &["collector", "erase", "--product", "quarry", "hunter2"],
            &["collector", "import", "--address", "hunter2", "file"],
            &["simulate", "--days", "hunter2", "--data", "x"],
            &["status", "hunter2"],
            &["exec", "--hunter2", "--", "true"],
        ] {
            let error = Arguments::try_parse_from(["aboveboard"].iter().chain(given)).err().unwrap();
            let said = without_values(&error).render().to_string();
            let option = given.iter().any(|text| text.starts_with("--hunter2"));
            assert!(option || !said.contains("hunter2"), "{given:?}: {said}");
            assert!(said.starts_with("error: ") && said.len() > 30, "{said}");
        }
    }
}
