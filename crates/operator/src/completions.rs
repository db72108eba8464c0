//! `aboveboard completions`: what a shell needs to complete this program's command line.

use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;

/// What `completions` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    // Written to memory first: the generator panics where the reader of a pipe has gone.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "aboveboard", &mut script);
    crate::say::text(&script)?;
    Ok(ExitCode::SUCCESS)
}
