//! The aboveboard binary for operators, maintainers and users.
//!
//! One file a verb. `arguments` declares the command line, and `main` calls the verb.
#![forbid(unsafe_code)]

mod arguments;
mod collect;
mod collector;
#[cfg(feature = "demo")]
mod demo;
mod figures;
mod inspect;
mod man;
mod manifest;
mod publish;
mod silent;
mod simulate;

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::StartError;
use clap::CommandFactory as _;

use crate::arguments::{Arguments, Verb};

/// The exit code of a command line that makes no sense.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    if let Some(code) = aboveboard_agent::become_program_if_called() {
        return code;
    }
    aboveboard_agent::deliver_if_called();
    #[cfg(feature = "demo")]
    if !demo::leash() {
        return ExitCode::FAILURE;
    }
    #[cfg(feature = "demo")]
    if let Some(main) = demo::program() {
        return main();
    }
    let arguments: Arguments = aboveboard_agent::parse(Arguments::command());
    output::ended(run(&arguments).or_else(not_here))
}

/// The exit code of a verb that makes no sense with the store that the collector has: that of a command line that makes none.
fn not_here(error: anyhow::Error) -> anyhow::Result<ExitCode> {
    let is_about_store = |cause: &(dyn std::error::Error + 'static)| {
        matches!(cause.downcast_ref(), Some(StartError::InCluster(_) | StartError::Alone))
    };
    if !error.chain().any(is_about_store) {
        return Err(error);
    }
    output::error(&error);
    Ok(ExitCode::from(EXIT_USAGE))
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.verb {
        #[cfg(feature = "demo")]
        Verb::Demo(options) => demo::run(options),
        Verb::Collect(options) => collect::run(options),
        Verb::Collector(verb) => collector::run(verb),
        Verb::Manifest(verb) => manifest::run(verb),
        Verb::Figures(verb) => figures::run(verb),
        Verb::Publish(verb) => publish::run(verb, &arguments.product),
        Verb::Inspect(options) => inspect::run(options),
        Verb::Silent(options) => silent::run(options),
        Verb::Completions(options) => man::completions(options, Arguments::command()),
        Verb::Man(options) => man::run(options, Arguments::command()),
        Verb::Simulate(options) => simulate::run(options, &arguments.product),
        Verb::Agent(verb) => aboveboard_agent::run(verb, &arguments.product),
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_agent::without_values;
    use clap::Parser as _;

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
            let said = without_values(&error, &Arguments::command()).render().to_string();
            let option = given.iter().any(|text| text.starts_with("--hunter2"));
            assert!(option || !said.contains("hunter2"), "{given:?}: {said}");
            assert!(said.starts_with("error: ") && said.len() > 30, "{said}");
        }
    }
}
