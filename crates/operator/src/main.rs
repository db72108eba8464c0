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
mod output;
mod record;
mod silent;
mod simulate;
mod user;

use std::process::ExitCode;

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
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
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
