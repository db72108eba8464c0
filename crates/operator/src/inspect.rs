//! `aboveboard inspect PROGRAM`: what a program may collect, read from its bytes without running it, or from the sealed
//! manifest beside it.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aboveboard_agent::{manifest_file, output};
use aboveboard_manifest::{EmbeddedManifest, MAX_SEALED_BYTES, Manifest, ReadError, is_meant_as_sealed};
use anyhow::Context as _;
use rustix::fs::OFlags;

/// What `inspect` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The program's file, or its telemetry.sealed
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
            "{program} holds no manifest: it was built without aboveboard or without telemetry, or its manifest is in a \
             file of its own, which can be inspected instead"
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
    let mut start = Vec::new();
    (&file).take(MAX_SEALED_BYTES as u64 + 1).read_to_end(&mut start).with_context(unreadable)?;
    if is_meant_as_sealed(&start) {
        match aboveboard_manifest::read(&start, &program.display().to_string()) {
            // One of another grammar is shown as it is: better raw than hidden.
            Ok(_) | Err(ReadError::NewerGrammar(_)) => {}
            Err(error) => return Err(manifest_file::unusable(&program.display().to_string(), error)),
        }
    }
    aboveboard_manifest::inspect(start.as_slice().chain(file)).with_context(unreadable)
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
        "sealed": found.sealed_as_release.is_some(), "release": found.sealed_as_release,
    })
}

fn show(options: &Options, found: &EmbeddedManifest) {
    let manifest = parsed(found);
    if let Some(release) = found.sealed_as_release {
        let product = manifest.as_ref().map_or_else(
            || "a newer grammar".to_owned(),
            |manifest| format!("{} revision {}", manifest.product.id, manifest.product.revision),
        );
        let what = if release { "a release" } else { "for development, no release" };
        output::message(&format!("sealed manifest {} of {product}: {what}", found.hash));
    }
    match manifest {
        Some(manifest) if !options.toml => output::data(manifest.disclosure_markdown().trim_end()),
        // One of another grammar is shown as it is: better raw than hidden.
        _ => output::data(found.text.trim_end()),
    }
}
