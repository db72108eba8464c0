//! `aboveboard manifest seal`

use std::path::PathBuf;
use std::process::ExitCode;

use super::{check, file};

/// What `manifest seal` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifest
    file: PathBuf,
    /// Seal it as a release: data go to the manifest's endpoint, without the mark `dev`
    #[arg(long)]
    release: bool,
    #[command(flatten)]
    day: check::Day,
    /// Write it to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    match check::checked(&options.file, &options.day)? {
        Ok(manifest) => file::write(options.output.as_deref(), &manifest.seal(options.release)),
        Err(problems) => {
            file::report(&problems);
            check::summary(&problems);
            Ok(ExitCode::FAILURE)
        }
    }
}
