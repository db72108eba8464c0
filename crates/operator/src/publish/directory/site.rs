//! The directory, by the name under which it is served.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::ensure;

use super::content::SiteContent;
use super::place::Place;
use super::write::NewFile;
use super::{exchange, leftover, write};

/// The directory of a site.
#[derive(Debug)]
pub(crate) struct SiteDirectory(Place);

impl SiteDirectory {
    /// The directory at this path, which need not exist yet; the one that it lies in must. What an interrupted run has left
    /// there is put in order.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let place = Place::of(path)?;
        leftover::put_back(&place)?;
        leftover::remove(&place)?;
        ensure!(
            fs::symlink_metadata(place.path()).map_or(true, |found| found.is_dir()),
            "{} is no directory: name the one that the web server serves, or one that is to be made",
            path.display()
        );
        Ok(Self(place))
    }

    /// Its path, absolute.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// What lies in it.
    ///
    /// # Errors
    /// Where it cannot be read, or a file of ours is not what was written.
    pub(crate) fn content(&self) -> anyhow::Result<SiteContent> {
        SiteContent::read(self.path())
    }

    /// Exchanges it for one with these files and with what is somebody else's.
    pub(crate) fn replace(
        &self,
        before: &SiteContent,
        files: &BTreeMap<String, NewFile>,
    ) -> anyhow::Result<()> {
        write::write(&self.0, before, files)?;
        exchange::exchange(&self.0)?;
        leftover::remove(&self.0)
    }
}
