//! `aboveboard manifest schema`

use std::path::PathBuf;
use std::process::ExitCode;

/// What `manifest schema` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write the reference page of the grammar (Markdown) instead
    #[arg(long)]
    reference: bool,
    /// Write it to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let text =
        if options.reference { aboveboard_manifest::reference() } else { aboveboard_manifest::schema() };
    super::file::write(options.output.as_deref(), &text)?;
    Ok(ExitCode::SUCCESS)
}
