//! `aboveboard manifest disclose`

use std::path::PathBuf;
use std::process::ExitCode;

/// What `manifest disclose` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifest
    file: PathBuf,
    /// Write HTML instead of Markdown
    #[arg(long)]
    html: bool,
    /// Write it to this file [default: stdout]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Some(manifest) = super::file::load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    let page = if options.html { manifest.disclosure_html() } else { manifest.disclosure_markdown() };
    super::file::write(options.output.as_deref(), &page)?;
    Ok(ExitCode::SUCCESS)
}
