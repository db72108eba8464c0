//! `aboveboard inspect PROGRAM`: what a program may collect, read from its bytes without running it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_manifest::{EmbeddedManifest, Manifest};
use anyhow::Context as _;
use rustix::fs::OFlags;

/// What `inspect` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The program's file
    program: PathBuf,
    /// Print the manifest itself instead of the disclosure page
    #[arg(long, conflicts_with = "json")]
    toml: bool,
    /// Print product, revision and hash of each manifest found, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let program = options.program.display();
    let found = found_in(&options.program)?;
    if options.json {
        let rows: Vec<_> = found.iter().map(row).collect();
        output::data(&serde_json::to_string(&rows)?);
    } else if found.is_empty() {
        output::message(&format!(
            "{program} holds no manifest: it was built without aboveboard, or without telemetry"
        ));
    } else {
        found.iter().for_each(|embedded| show(options, embedded));
    }
    Ok(ExitCode::SUCCESS)
}

/// The manifests in a program. Only a regular file is one: nothing waits for a pipe, or reads a device without end.
pub(crate) fn found_in(program: &Path) -> anyhow::Result<Vec<EmbeddedManifest>> {
    let unreadable = || format!("cannot read {}", program.display());
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(program).with_context(unreadable)?;
    if !file.metadata().with_context(unreadable)?.is_file() {
        anyhow::bail!("{} is no file", program.display());
    }
    aboveboard_manifest::inspect(file).with_context(unreadable)
}

/// The manifest in a program; `None` for one of another grammar.
pub(crate) fn parsed(found: &EmbeddedManifest) -> Option<Manifest> {
    aboveboard_manifest::parse(&found.text, "the manifest in the program").ok()
}

fn row(found: &EmbeddedManifest) -> serde_json::Value {
    let manifest = parsed(found);
    let product = manifest.as_ref().map(|manifest| &manifest.product);
    serde_json::json!({
        "offset": found.offset, "manifest": found.hash,
        "product": product.map(|product| &product.id), "revision": product.map(|product| product.revision),
    })
}

fn show(options: &Options, found: &EmbeddedManifest) {
    match parsed(found) {
        Some(manifest) if !options.toml => output::data(manifest.disclosure_markdown().trim_end()),
        // One of another grammar is shown as it is: better raw than hidden.
        _ => output::data(found.text.trim_end()),
    }
}
