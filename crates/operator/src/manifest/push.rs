//! `aboveboard manifest push`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::collector::client::CollectorClient;
use crate::say;

/// What `manifest push` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    door: CollectorClient,
    /// The manifest
    file: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Some(manifest) = super::load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    let (product, collector) = (&manifest.product, options.door.address());
    let path = format!("/v1/manifest/{}", product.id);
    let answer = options.door.put(&path, "application/toml", manifest.text())?;
    if (200..300).contains(&answer.status) {
        say::word(&format!("{collector} now knows {} revision {}", product.id, product.revision));
        return Ok(ExitCode::SUCCESS);
    }
    say::word(&format!("{collector} refused it: {}", answer.reason()));
    Ok(ExitCode::FAILURE)
}
