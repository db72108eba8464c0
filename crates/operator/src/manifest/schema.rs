//! `aboveboard manifest schema`

use std::path::PathBuf;
use std::process::ExitCode;

/// What `manifest schema` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write it to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    super::write(options.output.as_deref(), &aboveboard_manifest::schema())?;
    Ok(ExitCode::SUCCESS)
}
