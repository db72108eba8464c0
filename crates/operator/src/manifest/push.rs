//! `aboveboard manifest push`

use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;
use anyhow::bail;

use crate::collector::{CollectorArguments, Target};

/// What `manifest push` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The manifest
    file: PathBuf,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Some(manifest) = super::file::load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    let product = &manifest.product;
    let Target::Running { operator, .. } = options.collector.find()? else {
        bail!("no collector runs on the data directory: start it, or put the file into `manifests` there")
    };
    let collector = operator.name();
    let path = format!("/v1/manifest/{}", product.id);
    let answer = operator.put(&path, "application/toml", manifest.text())?;
    if (200..300).contains(&answer.status) {
        output::message(&format!("{collector} now knows {} revision {}", product.id, product.revision));
        return Ok(ExitCode::SUCCESS);
    }
    output::message(&format!("{collector} refused it: {}", answer.reason()));
    Ok(ExitCode::FAILURE)
}
