//! The aboveboard binary for operators, maintainers and users.
//!
//! One file a verb; `arguments` says what there is and `main` who does it.
#![forbid(unsafe_code)]

mod arguments;
mod collect;
mod collector;
mod completions;
#[cfg(feature = "demo")]
mod demo;
mod inspect;
mod man;
mod manifest;
mod say;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Verb};

fn main() -> ExitCode {
    #[cfg(feature = "demo")]
    if let Some(main) = demo::program() {
        return main();
    }
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            say::problem(&error);
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
        Verb::Completions(options) => completions::run(options),
        Verb::Man(options) => man::run(options),
    }
}
