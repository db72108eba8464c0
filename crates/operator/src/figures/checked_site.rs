//! Which site is checked, and which keys were known before.

use std::path::PathBuf;

use aboveboard_published::key::Verifier;
use aboveboard_published::verify::SiteFiles;

use super::address::Address;
use super::directory::Directory;
use super::keys;

/// A site with the keys that sign it.
#[derive(clap::Args)]
pub(crate) struct CheckedSite {
    /// The site: a directory, or an address with https://
    #[arg(value_name = "DIR|URL")]
    site: String,
    /// A key that signs, as the product's manifest names it; several may be given
    #[arg(long, value_name = "NAME+HASH+KEY", value_parser = keys::parse)]
    key: Vec<Verifier>,
    /// The product's manifest, whose keys sign
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    manifest: Option<PathBuf>,
}

impl CheckedSite {
    /// The keys that were named; none where none was.
    pub(crate) fn keys(&self) -> anyhow::Result<Vec<Verifier>> {
        self.manifest.as_deref().map_or_else(|| Ok(self.key.clone()), keys::of_manifest)
    }

    /// Its files.
    pub(crate) fn files(&self) -> anyhow::Result<Box<dyn SiteFiles>> {
        Ok(if self.site.contains("://") {
            Box::new(Address::new(&self.site)?)
        } else {
            Box::new(Directory(PathBuf::from(&self.site)))
        })
    }
}
