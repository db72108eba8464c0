//! The agent for programs in any language, as a small program beside them.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use aboveboard_agent::{
    Product, Verb, become_program_if_called, deliver_if_called, exit_codes, output, parse, run,
    with_host_options,
};
use clap::CommandFactory as _;

/// Records for a program in any language what its manifest declares, and shows its users what that is.
#[derive(clap::Parser)]
#[command(name = "aboveboard-agent", version, after_help = exit_codes(), subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    product: Product,
    #[command(subcommand)]
    verb: Verb,
}

fn main() -> ExitCode {
    if let Some(code) = become_program_if_called() {
        return code;
    }
    deliver_if_called();
    let arguments: Arguments = parse(with_host_options(Arguments::command()));
    output::ended(run(&arguments.verb, &arguments.product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        with_host_options(Arguments::command()).debug_assert();
    }
}
