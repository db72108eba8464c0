//! The product that a manifest names, and the helper that delivers for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aboveboard_cli_agent::Agent;
use aboveboard_core::product_file::{self, HostWords, ProductFile};
use aboveboard_types::declaration::Declaration;
use aboveboard_types::typed::ConfigValue;
use anyhow::{Context as _, anyhow};

use crate::manifest_file;

/// The variable that names the delivery helper its manifest.
const MANIFEST: &str = "ABOVEBOARD_MANIFEST";

/// The product that a verb is about, as the command line names it.
#[derive(clap::Args)]
pub struct Product {
    /// The product's telemetry.toml or telemetry.sealed, for the verbs about one product
    #[arg(long, global = true, value_name = "FILE")]
    manifest: Option<PathBuf>,
}

impl Product {
    /// The file that `--manifest` names.
    ///
    /// # Errors
    /// If it names none.
    pub fn manifest(&self) -> anyhow::Result<&Path> {
        self.manifest.as_deref().context("name the product's telemetry.toml with --manifest FILE")
    }

    /// Whether `--manifest` names a file.
    pub(crate) fn is_named(&self) -> bool {
        self.manifest.is_some()
    }

    /// Reads the manifest. It stays for the life of the process, as a compiled one does.
    ///
    /// # Errors
    /// If none is named or it cannot be read, or for everything that is wrong with it.
    pub(crate) fn declaration(&self) -> anyhow::Result<&'static Declaration> {
        Ok(load(self.manifest()?)?.0)
    }

    /// How people call the users' verbs for this product where no host has them among its own, for hints.
    pub(crate) fn verbs(&self) -> String {
        verbs(self.manifest.as_deref().unwrap_or(Path::new("FILE")))
    }

    /// The agent of this product in this process.
    ///
    /// # Errors
    /// As [`Product::declaration`].
    pub(crate) fn agent(&self, version: &str) -> anyhow::Result<Agent> {
        agent(self.manifest()?, version)
    }

    /// What the program said itself that left its product file here, if this is one.
    ///
    /// # Errors
    /// As [`Product::declaration`].
    pub(crate) fn words(&self) -> anyhow::Result<Option<HostWords>> {
        Ok(load(self.manifest()?)?.1)
    }
}

/// How people call the users' verbs with this manifest.
pub(super) fn verbs(manifest: &Path) -> String {
    let called_by = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let name = called_by.file_name().map_or("aboveboard".into(), |name| name.to_string_lossy());
    format!("{name} --manifest {}", manifest.display())
}

/// The manifest in a file, and what the program said that left it, if one did.
fn load(file: &Path) -> anyhow::Result<(&'static Declaration, Option<HostWords>)> {
    let what = "the product's manifest, which --manifest names, cannot be used";
    let content = manifest_file::content(file).context(what)?;
    if product_file::is_meant(&content) {
        let left = product_file::parse(&content);
        let left = left.with_context(|| format!("{what}: {} is damaged", file.display()))?;
        let declaration = opened(&left, file).context(what)?;
        return Ok((declaration, Some(left.words)));
    }
    let manifest = manifest_file::parse(&content, file).context(what)?;
    Ok((keep(manifest.declaration()), None))
}

/// What was sealed in a product file.
fn opened(left: &ProductFile, file: &Path) -> anyhow::Result<&'static Declaration> {
    let manifest = manifest_file::parse(&left.sealed, file)?;
    Ok(keep(manifest.declaration()))
}

fn keep(declaration: Declaration) -> &'static Declaration {
    Box::leak(Box::new(declaration))
}

fn agent(manifest: &Path, version: &str) -> anyhow::Result<Agent> {
    let (declaration, words) = load(manifest)?;
    // The helper works in `/`.
    let path = std::path::absolute(manifest).unwrap_or_else(|_| manifest.to_owned());
    let mut agent = aboveboard_cli_agent::library(declaration, version).hand_over(MANIFEST, path);
    if let Some(words) = words {
        agent = as_said(agent, words);
    }
    Ok(agent.take_over())
}

/// The agent as the program set it that left the product file. A text of its own is shown by that program alone.
fn as_said(mut agent: Agent, words: HostWords) -> Agent {
    agent = agent.every(Duration::from_secs(words.interval)).allow_private(words.allow_private);
    if let Some(endpoint) = words.endpoint {
        agent = agent.endpoint(endpoint);
    }
    if let Some(name) = words.wording {
        agent = agent.wording(name, "");
    }
    if words.has_config {
        // Only the program itself can read it, and what is said of it stays said.
        agent = agent.config_with(ConfigValue::default);
    }
    agent
}

/// The agent of a product by what its program left, whose places were checked.
///
/// # Errors
/// If the manifest in it is none, or another product's.
pub(crate) fn agent_of(product: &str, left: ProductFile, file: &Path) -> anyhow::Result<Agent> {
    let declaration = opened(&left, file)?;
    if declaration.product != product {
        let other = &declaration.product;
        return Err(anyhow!("{} is of the product {other}, so it is not used", file.display()));
    }
    let agent = aboveboard_cli_agent::library(declaration, "0").verbs(verbs(file));
    Ok(as_said(agent, left.words))
}

/// Takes over if this process is the delivery helper that a verb of this crate started. Must come first in `main`.
pub fn deliver_if_called() {
    let is_called = std::env::args_os().nth(1).is_some_and(|argument| argument == "telemetry-deliver");
    let manifest = std::env::var_os(MANIFEST).filter(|_| is_called);
    if let Some(manifest) = manifest.map(PathBuf::from) {
        // Without the manifest nothing can be delivered, and nobody reads what a helper prints.
        let _ = agent(&manifest, "0");
    }
}
