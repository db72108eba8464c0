//! `aboveboard manifest diff`

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;

/// What `manifest diff` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifest that users know
    old: PathBuf,
    /// The manifest that replaces it
    new: PathBuf,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "markdown", "json"])]
    format: String,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Exit 1 if users must be asked again, or if the revision was not raised; a rename that cannot be one always does
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Some(old) = super::file::load(&options.old)? else { return Ok(ExitCode::FAILURE) };
    let Some(new) = super::file::load(&options.new)? else { return Ok(ExitCode::FAILURE) };
    let diff = old.diff(&new);
    let shown = match options.format.as_str() {
        _ if options.json => diff.json(),
        "json" => diff.json(),
        "markdown" => diff.markdown(),
        _ => diff.text(),
    };
    output::data(shown.trim_end());
    super::file::report(&diff.problems);
    if !diff.problems.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let well = !options.check || !(diff.ask_again() || diff.is_revision_unraised());
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
