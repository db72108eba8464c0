//! `aboveboard completions`: shell completions for this program.

use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;

/// What `completions` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

/// Writes the completions of `program`.
pub(crate) fn run(options: &Options, mut program: Command) -> anyhow::Result<ExitCode> {
    // Written to memory first: the generator panics where the reader of a pipe has gone.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut program, "aboveboard", &mut script);
    crate::output::bytes(&script)?;
    Ok(ExitCode::SUCCESS)
}
