//! The verb, and how its history gets into a collector's data directory.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::{Product, manifest_file, output};
use aboveboard_files::Directory;
use aboveboard_manifest::Manifest;
use aboveboard_types::clock;
use anyhow::Context as _;

use super::history::{Plan, history};

/// What `simulate` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The data directory of a collector that does not run
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// How many days, the last being today
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=400))]
    days: u16,
    /// How many installations in all
    #[arg(long, default_value_t = 400)]
    installations: u32,
    /// The same seed on the same day gives the same history
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(options: &Options, product: &Product) -> anyhow::Result<ExitCode> {
    let manifest = manifest_file::read(product.manifest()?)?;
    let plan = Plan {
        days: options.days,
        installations: options.installations,
        seed: options.seed,
        now: i64::try_from(clock::now()).unwrap_or(i64::MAX),
    };
    let batches = into(&options.data, &manifest, plan)?;
    output::data(&format!("{batches} synthetic batches wait in {}", options.data.display()));
    Ok(ExitCode::SUCCESS)
}

/// Puts the history of a manifest, and the manifest, into the data directory of a collector that does not run.
pub(crate) fn into(data: &Path, manifest: &Manifest, plan: Plan) -> anyhow::Result<u64> {
    let declaration = manifest.declaration();
    let batches = aboveboard_collector::import(data, history(&declaration, plan))?;
    let name = format!("{}-{}.toml", declaration.product, declaration.revision);
    Directory::open_named(data)
        .and_then(|data| data.make_directory("manifests"))
        .and_then(|manifests| manifests.replace(&name, manifest.text().as_bytes(), true))
        .with_context(|| format!("cannot write {name} into {}", data.join("manifests").display()))?;
    Ok(batches)
}
