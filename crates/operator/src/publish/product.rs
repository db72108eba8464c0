//! The product that is published: its newest manifest at the collector, and what that says of publishing.

use std::path::Path;
use std::sync::Arc;

use aboveboard_collector::upkeep;
use aboveboard_manifest::{Manifest, Publish, PublishEvery};
use aboveboard_published::publication::Every;
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_types::clock;
use anyhow::{Context as _, bail};

use crate::collector::refused;

/// A product that publishes figures.
pub(super) struct PublishedProduct {
    /// All manifests of the collector.
    pub(super) manifests: Arc<ManifestsInForce>,
    /// The manifest in force: that of the newest revision.
    pub(super) manifest: Arc<Manifest>,
    /// Its `[publish]`.
    pub(super) publish: Publish,
}

impl PublishedProduct {
    /// Looks in the manifests of a data directory.
    pub(super) fn find(data: &Path, product: &str) -> anyhow::Result<Self> {
        let manifests = upkeep::manifests(data).map_err(refused)?;
        let Some(manifest) = manifests.newest(product).map(|revision| revision.manifest.clone()) else {
            bail!(
                "there is no manifest of a product `{product}` in {}: name it by its id in telemetry.toml, and the collector's \
                 configuration with --config",
                data.join("manifests").display()
            );
        };
        let publish = manifest.publish.clone().with_context(|| {
            format!(
                "the manifest of {product} publishes nothing: write [publish] into it, raise its revision, ship it and push it \
                 with `aboveboard manifest push`; whose program carries it is counted from then on"
            )
        })?;
        Ok(Self { manifests, manifest, publish })
    }
}

/// How often is published, as documents say it.
pub(super) fn every(every: PublishEvery) -> Every {
    match every {
        PublishEvery::Month => Every::Month,
        PublishEvery::Quarter => Every::Quarter,
    }
}

/// The day, numbered since 1970, by the clock of this machine.
pub(super) fn today() -> u32 {
    u32::try_from(clock::now() / 86_400).unwrap_or(u32::MAX)
}
