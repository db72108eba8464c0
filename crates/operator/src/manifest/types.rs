//! `aboveboard manifest types`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::output;

/// What `manifest types` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifest
    file: PathBuf,
    /// Write them to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write nothing; exit 1 if the output file holds anything else
    #[arg(long, requires = "output")]
    check: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Some(manifest) = super::file::load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    let types = manifest.types();
    match &options.output {
        Some(output) if options.check => {
            if crate::manifest_file::read(output)? == types {
                return Ok(ExitCode::SUCCESS);
            }
            let output = output.display();
            let file = options.file.display();
            output::message(&format!("{output} is not what {file} gives: run it again without --check"));
            Ok(ExitCode::FAILURE)
        }
        output => {
            super::file::write(output.as_deref(), &types)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
